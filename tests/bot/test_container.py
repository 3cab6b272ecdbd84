import re
from pathlib import Path

from bot.environment import environment_name, every_option

ROOT = Path(__file__).parents[2]
OPTIONS = {environment_name(section, option) for section, option, _ in every_option()}


def test_compose_sets_only_options_that_exist():
    text = (ROOT / "compose.yaml").read_text()
    bot = text[text.index("    environment:") : text.index("  postgresql:\n")]

    names = re.findall(r"^      ([A-Z_]+):", bot, re.MULTILINE)

    assert len(names) > 10
    assert {name for name in names if name not in OPTIONS} == {
        name for name in names if name.endswith("_FILE") and name[:-5] in OPTIONS
    }


def test_every_secret_of_compose_is_mounted_and_read():
    text = (ROOT / "compose.yaml").read_text()

    declared = set(re.findall(r"file: \./secrets/(\w+)", text))
    read = set(re.findall(r"_FILE: /run/secrets/(\w+)", text))
    mounted = set(re.findall(r"^      - (\w+)$", text, re.MULTILINE)) & declared

    assert declared == read == mounted
    assert {f"{name.upper()}_FILE" for name in read} <= set(re.findall(r"(\w+_FILE):", text))


def test_the_image_holds_every_package_that_the_bot_imports():
    dockerfile = (ROOT / "Dockerfile").read_text()
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    for package in ("bot", "core", "patreon", "storage", "web", "cogs", "imaging"):
        assert f"COPY {package} /app/{package}" in dockerfile
        assert f"!{package}" in ignored
