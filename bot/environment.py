"""Options from the environment, and from files that the environment names."""

from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from types import UnionType
from typing import Union, get_args, get_origin

from pydantic import BaseModel

from bot.config import Config, LinkSection

_FIXED = {
    ("server", "host"): "PATREON_SERVER_HOST",
    ("server", "port"): "PATREON_SERVER_PORT",
    ("patreon", "requests_per_minute"): "PATREON_RATE_LIMIT_REQUESTS_PER_MINUTE",
    ("patreon", "requests_per_2_seconds"): "PATREON_RATE_LIMIT_REQUESTS_PER_2_SECONDS",
}
_LONGEST_FILE = 64 * 1024


def environment_name(section: str, option: str) -> str:
    """Give the name under which the environment may hold an option."""
    return _FIXED.get((section, option), f"{section}_{option}".upper())


def every_option() -> Iterator[tuple[str, str, type[BaseModel]]]:
    """Go through section, option and the section's model, `links` last."""
    for section, field in Config.model_fields.items():
        model = field.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            for option in model.model_fields:
                yield section, option, model
    for option in LinkSection.model_fields:
        yield "links", option, LinkSection


def read_environment(
    options: MutableMapping[str, object], environ: Mapping[str, str], found: list[str]
) -> None:
    """Put what the environment says over `options`; problems are added to `found`.

    Lists are separated by commas. `NAME_FILE` names a file whose content is the value of `NAME`,
    and wins over `NAME` itself.
    `LINKS_…` describe one link, which then is the only one.
    """
    link: dict[str, object] = {}
    names = {environment_name(section, option) for section, option, _ in every_option()}
    for section, option, model in every_option():
        name = environment_name(section, option)
        text = _value(name, environ, names, found)
        if text is None:
            continue
        value = _split(text) if _is_list(model, option) else text
        if section == "links":
            link[option] = value
            continue
        table = options.setdefault(section, {})
        if isinstance(table, dict):
            table[option] = value
    if link:
        options["links"] = [link]


def _value(name: str, environ: Mapping[str, str], names: set[str], found: list[str]) -> str | None:
    file_name = f"{name}_FILE"
    # SECRETS_KEY_FILE is an option of its own.
    path = "" if file_name in names else environ.get(file_name, "").strip()
    of_file = _content(path, file_name, found) if path else None
    return of_file or environ.get(name, "").strip() or None


def _content(path: str, file_name: str, found: list[str]) -> str | None:
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LONGEST_FILE + 1)
        if len(content) > _LONGEST_FILE:
            found.append(f"{file_name} names {path}, which is too long for a value.")
            return None
        return content.decode().strip()
    except OSError as error:
        found.append(
            f"{file_name} names {path}, which cannot be read ({error.strerror}): mount the file "
            "or correct the name."
        )
    except UnicodeDecodeError:
        found.append(f"{file_name} names {path}, which is not text.")
    return None


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_list(model: type[BaseModel], option: str) -> bool:
    annotation = model.model_fields[option].annotation
    candidates = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    return any(get_origin(kind) is tuple for kind in (annotation, *candidates))
