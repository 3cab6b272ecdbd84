"""Errors as the log shows them: where they came from, and never the values they tell of."""

import re
import traceback
from collections.abc import Iterator

from core.errors import BotError

HIDDEN = "[hidden]"
"""What stands in the place of something that the log must not hold."""

MOST_ERRORS = 20
"""Of a chain or a group, so many errors are shown."""

_FACTS = (
    "errno",
    "sqlite_errorname",
    "sqlstate",
    "table_name",
    "constraint_name",
    "status",
    "code",
)
_NAMED = (AttributeError, NameError, ImportError)
_PLAIN = re.compile(r"[A-Za-z0-9_.]{1,64}", re.ASCII)


def trace_of(error: BaseException) -> str:
    """Tell where an error was raised and what led to it, as the interpreter does.

    The words of an error often quote the data at hand: the key that was missing, the text that
    was no number, the row that exists already. So only the bot's own errors keep theirs, which
    promise to hold no value; of every other one the class is told, and the few facts that are
    names or codes.
    """
    return "\n".join(_told(error, [], MOST_ERRORS))


def _told(error: BaseException, seen: list[BaseException], left: int) -> Iterator[str]:
    """Tell an error after those that led to it; `seen` keeps a circle of causes from turning."""
    if any(error is each for each in seen) or len(seen) >= left:
        yield "(and other errors)"
        return
    seen.append(error)
    if error.__cause__ is not None:
        yield from _told(error.__cause__, seen, left)
        yield "\nThe above exception was the direct cause of the following exception:\n"
    elif error.__context__ is not None and not error.__suppress_context__:
        yield from _told(error.__context__, seen, left)
        yield "\nDuring handling of the above exception, another exception occurred:\n"
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):"
        yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield _last_line(error)
    if isinstance(error, BaseExceptionGroup):
        for number, each in enumerate(error.exceptions, 1):
            yield f"  ---------------- {number} of {len(error.exceptions)} ----------------"
            yield from _told(each, seen, left)


def _last_line(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else _full_name(kind)
    if isinstance(error, BotError):
        return f"{name}: {' '.join(str(error).split())}"
    facts = [
        f"{fact}={value}"
        for fact in (*_FACTS, *(("name",) if isinstance(error, _NAMED) else ()))
        if (value := _plain(getattr(error, fact, None)))
    ]
    words = f": {HIDDEN}" if error.args else ""
    return name + words + (f" ({', '.join(facts)})" if facts else "")


def _full_name(kind: type[BaseException]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _plain(value: object) -> str:
    """Give a fact that is a number or a name, "" for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else ""
