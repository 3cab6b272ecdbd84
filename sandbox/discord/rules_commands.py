"""What Discord refuses in command registrations.

Source: Discord developer documentation, "Application Commands". The OpenAPI document misses the
character set and case of names, empty descriptions, order of options, and the total sizes.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from .errors import Findings, Refused
from .wire import Json

SUBCOMMAND, GROUP, STRING, INTEGER, NUMBER = 1, 2, 3, 4, 10
MAX_COMMANDS = {1: 100, 2: 15, 3: 15, 4: 1}
"""How many commands of each type one scope holds."""
MAX_TREE = 8000
"""How many characters names, descriptions and values of one command may have together."""

_NAME = re.compile(r"[-_'\w\u0900-\u097F\u0E00-\u0E7F]{1,32}")


def check_commands(bodies: Any) -> None:
    """Refuse a whole scope of commands that breaks a rule.

    Raises:
        Refused: with the tree of what is wrong, or because there are too many.
    """
    if not isinstance(bodies, list):
        raise Refused(400, 50035, "Invalid Form Body")
    findings = Findings()
    for at, body in enumerate(bodies):
        _check_one(body, str(at), findings)
    keys = [(body.get("type", 1), body.get("name")) for body in bodies]
    for at, key in enumerate(keys):
        if key in keys[:at]:
            text = "Application command names must be unique"
            findings.add(f"{at}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", text)
    findings.check()
    for kind, most in MAX_COMMANDS.items():
        if sum(1 for each, _ in keys if each == kind) > most:
            message = f"Maximum number of application commands reached ({most})."
            raise Refused(400, 30032, message)


def check_command(body: Json, others: Sequence[Json]) -> None:
    """Refuse one command that breaks a rule, or is one too many beside `others`.

    Raises:
        Refused: as `check_commands` does.
    """
    findings = Findings()
    _check_one(body, "", findings)
    findings.check()
    same = [each for each in others if each["type"] == body.get("type", 1)]
    most = MAX_COMMANDS.get(body.get("type", 1), 100)
    if len(same) >= most and all(each["name"] != body["name"] for each in same):
        raise Refused(400, 30032, f"Maximum number of application commands reached ({most}).")


def _check_one(body: Json, path: str, findings: Findings) -> None:
    prefix = f"{path}." if path else ""
    if body.get("type", 1) != 1:
        findings.length(f"{prefix}name", body.get("name"), 1, 32)
        if body.get("description"):
            text = "Context menu commands have no description."
            findings.add(f"{prefix}description", "APPLICATION_COMMAND_DESCRIPTION", text)
        return
    _check_texts(body, prefix, findings)
    _check_options(body.get("options") or [], prefix, 0, findings)
    if sum(_sizes(body)) > MAX_TREE:
        text = f"Command exceeds maximum size ({MAX_TREE})"
        findings.add(path, "APPLICATION_COMMAND_TOO_LARGE", text)


def _check_texts(body: Json, prefix: str, findings: Findings) -> None:
    names = {"name": body.get("name"), **_localized(body, "name")}
    for key, name in names.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            text = "Command name is invalid: 1 to 32 letters, digits, - or _."
            findings.add(f"{prefix}{key}", "APPLICATION_COMMAND_INVALID_NAME", text)
        elif name != name.lower():
            text = "Command name must be lower case."
            findings.add(f"{prefix}{key}", "APPLICATION_COMMAND_INVALID_NAME", text)
    descriptions = {"description": body.get("description"), **_localized(body, "description")}
    for key, description in descriptions.items():
        if not description:
            findings.required(f"{prefix}{key}")
        findings.length(f"{prefix}{key}", description, 1, 100)


def _localized(body: Json, key: str) -> dict[str, object]:
    texts = body.get(f"{key}_localizations") or {}
    return {f"{key}_localizations.{locale}": text for locale, text in texts.items()}


def _check_options(options: Sequence[Json], prefix: str, depth: int, findings: Findings) -> None:
    findings.length(f"{prefix}options", list(options), 0, 25)
    names = [each.get("name") for each in options]
    nested = [each.get("type") in (SUBCOMMAND, GROUP) for each in options]
    if any(nested) and not all(nested):
        text = "Sub-commands and sub-command groups cannot be mixed with other options"
        findings.add(f"{prefix}options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
    optional = False
    for at, option in enumerate(options):
        path = f"{prefix}options.{at}."
        _check_texts(option, path, findings)
        if names.index(option.get("name")) != at:
            text = "Option name is already used"
            findings.add(f"{path}name", "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", text)
        if option.get("required") and optional:
            text = "Required options must be placed before non-required options"
            findings.add(f"{path}required", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        optional = optional or not option.get("required")
        if option.get("type") in (SUBCOMMAND, GROUP):
            _check_nested(option, path, depth, findings)
        else:
            _check_choices(option, path, findings)


def _check_nested(option: Json, path: str, depth: int, findings: Findings) -> None:
    kind, inner = option.get("type"), option.get("options") or []
    if kind == GROUP:
        wrong = depth > 0 or any(each.get("type") != SUBCOMMAND for each in inner) or not inner
    else:
        wrong = depth > 1 or any(each.get("type") in (SUBCOMMAND, GROUP) for each in inner)
    if wrong:
        text = "Only command, group, sub-command may be nested, in this order."
        findings.add(f"{path}type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
    _check_options(inner, path, depth + 1, findings)


def _check_choices(option: Json, path: str, findings: Findings) -> None:
    choices = option.get("choices") or []
    findings.length(f"{path}choices", choices, 0, 25)
    if option.get("autocomplete") and choices:
        text = "Choices are not allowed together with autocomplete."
        findings.add(f"{path}choices", "APPLICATION_COMMAND_AUTOCOMPLETE_INVALID", text)
    if option.get("autocomplete") and option.get("type") not in (STRING, INTEGER, NUMBER):
        text = "Autocomplete is only allowed for texts and numbers."
        findings.add(f"{path}autocomplete", "APPLICATION_COMMAND_AUTOCOMPLETE_INVALID", text)
    names = [each.get("name") for each in choices]
    for at, choice in enumerate(choices):
        findings.length(f"{path}choices.{at}.name", choice.get("name"), 1, 100)
        findings.length(f"{path}choices.{at}.value", choice.get("value"), 0, 100)
        if names.index(choice.get("name")) != at:
            text = "Choice name is already used"
            findings.add(f"{path}choices.{at}.name", "CHOICE_NAMES_DUPLICATE", text)


def _sizes(body: Json) -> Iterator[int]:
    for key in ("name", "description"):
        longest = [body.get(key) or "", *(body.get(f"{key}_localizations") or {}).values()]
        yield max(map(len, longest))
    for choice in body.get("choices") or ():
        yield len(choice.get("name") or "")
        yield len(choice["value"]) if isinstance(choice.get("value"), str) else 0
    for option in body.get("options") or ():
        yield from _sizes(option)
