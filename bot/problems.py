"""Saying what is wrong with the configuration: one sentence per problem, with its cure."""

import difflib
from collections.abc import Iterable

from pydantic import ValidationError

from bot.environment import environment_name, every_option

_SECTIONS = dict.fromkeys(section for section, _, _ in every_option())


def cut_cure(problem: str) -> tuple[str, str]:
    """Part a problem into what is wrong and its cure, which may be empty."""
    found, dot, cure = problem.partition(". ")
    return (f"{found}.", cure) if dot else (problem, "")


def describe(error: ValidationError, *, with_missing: bool = True) -> list[str]:
    """Word every problem that validation found; values are never repeated.

    Without `with_missing` nothing is said of options that are not set.
    """
    sentences: list[str] = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        if problem["type"] == "missing" and not with_missing:
            continue
        where = tuple(str(part) for part in problem["loc"])
        if problem["type"] == "missing" and len(where) == 1:
            sentences += _missing_section(where[0])
        else:
            message = problem["msg"].removeprefix("Value error, ")
            sentences.append(_sentence(where, problem["type"], message))
    return sentences


def _sentence(where: tuple[str, ...], kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return _unknown(where)
    if where == ("links",) and kind == "tuple_type":
        return "`links` must be sections in double brackets: write `[[links]]` above each link."
    if kind in ("model_type", "model_attributes_type"):
        return f"`{_path(where)}` must be a section of its own, `[{_path(where)}]`, with options."
    section, option = where[0] if where else "", _option(where)
    if kind == "missing":
        return (
            f"`{_path(where)}`{_env(section, option)} is not set. {_cure(section, option)}".rstrip()
        )
    if message.startswith("`"):
        return f"{message}."
    if kind != "value_error":
        message = message.removeprefix("Input ")
        message = message[:1].lower() + message[1:]
    return f"`{_path(where)}`{_env(section, option)} {message}. {_cure(section, option)}".rstrip()


def _missing_section(section: str) -> list[str]:
    return [
        _sentence((section, option), "missing", "")
        for name, option, model in every_option()
        if name == section and model.model_fields[option].is_required()
    ]


def _unknown(where: tuple[str, ...]) -> str:
    if len(where) == 1:
        return f"`{where[0]}` is no section.{_guess(where[0], _SECTIONS)}"
    options = [option for section, option, _ in every_option() if section == where[0]]
    return f"`{_path(where)}` is no option of `[{where[0]}]`.{_guess(where[-1], options)}"


def _guess(name: str, known: Iterable[str]) -> str:
    known = list(known)
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    if close:
        return f" Did you mean `{close[0]}`?"
    return f" There are: {', '.join(known)}."


def _path(where: tuple[str, ...]) -> str:
    path = ""
    for part in where:
        if part.isdigit():
            path += f"[{int(part) + 1}]"
        else:
            path += f".{part}" if path else part
    return path


def _option(where: tuple[str, ...]) -> str:
    names = [part for part in where[1:] if not part.isdigit()]
    return names[0] if names else ""


def _env(section: str, option: str) -> str:
    if not option or section == "links":
        return ""
    return f" ({environment_name(section, option)})"


def _cure(section: str, option: str) -> str:
    for name, known, model in every_option():
        if (name, known) == (section, option):
            return model.model_fields[known].description or ""
    return ""
