"""Is a bot running on this machine? Asked by containers, so it loads little."""

import http.client

from bot.config import Config

TIMEOUT_SECONDS = 3


def is_alive(config: Config) -> bool:
    """Ask the web server that the configuration describes."""
    host = config.server.host
    if host in ("0.0.0.0", "::", ""):  # noqa: S104  compared, not listened on
        host = "127.0.0.1"
    connection = http.client.HTTPConnection(host, config.server.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        return answer.status == 200 and answer.read(16).strip() == b"ok"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
