# The bot in a container: an ordinary user, nothing written outside /data, nothing but the
# dependencies of requirements.lock, checked by their hashes.
#
#   docker build -t patreon-discord-bot .
#   docker run -v bot-data:/data --env-file bot.env -p 127.0.0.1:8080:8080 patreon-discord-bot
#
# Configuration: the environment, or /data/config.toml. compose.yaml shows a whole installation.

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
COPY requirements.lock /requirements.lock
RUN python -m venv /venv \
    && /venv/bin/python -m pip install --require-hashes --only-binary :all: -r /requirements.lock \
    && /venv/bin/python -m pip uninstall -y pip
COPY bot /app/bot
COPY core /app/core
COPY patreon /app/patreon
COPY storage /app/storage
COPY web /app/web
COPY cogs /app/cogs
COPY imaging /app/imaging
COPY markup /app/markup
# The image may be read-only, so everything is compiled now.
RUN /venv/bin/python -m compileall -q /app

FROM python:3.13-slim-bookworm
# The typeface has the letters that people without a picture are shown by.
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-dejavu-core=2.37-6 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 bot \
    && useradd --system --uid 10001 --gid bot --home-dir /data --no-create-home bot \
    && install -d -o bot -g bot -m 0700 /data \
    # What the bot finds beside itself by default stands in the volume.
    && ln -s /data/config.toml /config.toml
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    # Inside a container this means: reachable through the published port.
    PATREON_SERVER_HOST=0.0.0.0
# data/bot.db and data/secret.key, the defaults, are therefore in /data.
WORKDIR /
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-m", "bot", "health"]
ENTRYPOINT ["python", "-m", "bot"]
