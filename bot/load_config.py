"""Reading the configuration: config.toml, then the environment, then files it names."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import ValidationError

from bot.config import Config
from bot.environment import read_environment
from bot.problems import describe
from core.errors import UserError

DEFAULT_PATH = Path("config.toml")


class ConfigError(UserError):
    """The configuration cannot be used; `problems` are sentences, each with its cure."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read the configuration; `path` None means config.toml, if there is one.

    What stands in the environment wins over the file, and files that the environment names win
    over both; empty values count as not set.

    Raises:
        ConfigError: with every problem at once.
    """
    found: list[str] = []
    options, was_read = _read_file(path, found)
    # What a file that cannot be read would have said is not missing.
    is_whole = not found
    read_environment(options, environ, found)
    config: Config | None = None
    try:
        config = Config.model_validate(options)
    except ValidationError as error:
        found += describe(error, with_missing=is_whole)
    if config is None or found:
        if not was_read and is_whole and len(found) > 1:
            found.append(
                f"There is no {DEFAULT_PATH} in {Path.cwd()}: copy config.example.toml to it and "
                "fill it in, or name another file with --config."
            )
        raise ConfigError(dict.fromkeys(found))
    return config


def _read_file(path: Path | None, found: list[str]) -> tuple[dict[str, object], bool]:
    named = path or DEFAULT_PATH
    try:
        text = named.read_bytes().decode("utf-8-sig")
        return _without_empty(tomllib.loads(text)), True
    except FileNotFoundError:
        if path is not None:
            found.append(f"{named} does not exist: check the name given with --config.")
    except OSError as error:
        found.append(f"{named} cannot be read ({error.strerror}): check its owner and mode.")
    except UnicodeDecodeError:
        found.append(f"{named} is not UTF-8 text: save it as UTF-8.")
    except tomllib.TOMLDecodeError as error:
        found.append(f"{named} is no valid TOML: {error}. Texts need quotes around them.")
    return {}, False


def _without_empty(table: Mapping[str, object]) -> dict[str, object]:
    """Leave out empty texts, in sections too: they count as not set."""
    kept: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            kept[name] = _without_empty(value)
        elif isinstance(value, list):
            kept[name] = [_without_empty(v) if isinstance(v, dict) else v for v in value]
        elif not (isinstance(value, str) and not value.strip()):
            kept[name] = value
    return kept
