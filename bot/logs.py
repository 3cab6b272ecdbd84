"""Logging: text for people, JSON lines for machines, and never a secret or personal data."""

import contextlib
import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal, TextIO

from bot.traces import HIDDEN, trace_of

OURS = ("bot", "cogs", "core", "patreon", "storage", "web")
"""The packages that promise to log no value of a patron's. Everybody else is not believed."""

QUIET = ("aiohttp", "aiosqlite", "alembic", "asyncio", "discord", "httpcore", "httpx", "sqlalchemy")
"""Loggers that need not even make what they say below warning: it is not written."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SHORTEST_SECRET = 6
# What nobody should have logged: mail addresses, signatures, and the tokens of both platforms.
_TELLTALE = re.compile(
    r"[^\s@\"'<>=,;:()\[\]{}\\]{1,64}@[^\s@\"'<>=,;:()\[\]{}\\]{1,255}\.[A-Za-z]{2,}"
    r"|\b[0-9a-fA-F]{32,}\b"
    r"|(?<![\w-])(?=(?:[\w-]*[A-Z]){3})(?=[\w-]*[a-z])(?=[\w-]*[0-9])[\w-]{32,}(?![\w-])",
    re.ASCII,
)
_VALUES = re.compile(r"""[\n(<\[{]|(?<!\w)['"]""")


Format = Literal["auto", "text", "json"]


class _Hiding(logging.Formatter):
    """Hides secrets, and what looks like one, wherever in a line they turn up."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        known = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
        written = known | {json.dumps(secret)[1:-1] for secret in known}
        # The longest first, so that none is hidden in part only.
        self._secrets = sorted(written, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Give the record's line."""
        line = self._line(record)
        for secret in self._secrets:
            line = line.replace(secret, HIDDEN)
        return _TELLTALE.sub(HIDDEN, line)

    def _line(self, record: logging.LogRecord) -> str:
        raise NotImplementedError

    def _trace(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        parts = [] if error is None else [trace_of(error)]
        if record.stack_info:
            parts.append(self.formatStack(record.stack_info))
        return "\n".join(parts)


class TextLines(_Hiding):
    """`12:00:00 INFO    core.sync: campaign synced  members=12 new=1`."""

    def _line(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, tz=UTC).astimezone()
        line = f"{at:%H:%M:%S} {record.levelname:<7} {record.name}: {_flat(_message(record))}"
        facts = " ".join(f"{name}={_flat(str(value))}" for name, value in _facts(record))
        trace = self._trace(record)
        return line + (f"  {facts}" if facts else "") + (f"\n{trace}" if trace else "")


class JsonLines(_Hiding):
    """One JSON object a line: at, level, logger, message, the facts, and a trace if any."""

    def _line(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        for name, value in _facts(record):
            entry.setdefault(name, value)
        trace = self._trace(record)
        if trace:
            entry["trace"] = trace
        return json.dumps(entry, default=str, ensure_ascii=False)


class _Lines(logging.StreamHandler[TextIO]):
    """Writes lines, and never the record that made one fail."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's own name
        """Say that a line could not be written, without what it was to tell."""
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(f"a log line of {record.name} could not be written\n")


def set_up(
    *,
    level: str,
    style: Format,
    secrets: Iterable[str],
    stream: TextIO | None = None,
) -> None:
    """Send every log line to `stream` (standard error), in place of what was set up before.

    `style` "auto" means text on a terminal and JSON lines elsewhere. The libraries speak only
    from warning on, and without the values that they tell of.
    """
    target = sys.stderr if stream is None else stream
    is_text = style == "text" or (style == "auto" and target.isatty())
    handler = _Lines(target)
    handler.addFilter(_is_written)
    handler.setFormatter((TextLines if is_text else JsonLines)(secrets))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OURS


def _is_written(record: logging.LogRecord) -> bool:
    """Leave out what libraries say below warning: it quotes requests, answers and rows."""
    return _is_ours(record) or record.levelno >= logging.WARNING


def _message(record: logging.LogRecord) -> str:
    """Give a record's message; a library's without what it quotes.

    Libraries put requests, rows and addresses into their warnings. Of those the fixed words are
    kept, and numbers.
    """
    if _is_ours(record):
        return record.getMessage()
    words = str(record.msg)
    if not isinstance(record.args, tuple) or not record.args:
        return _VALUES.split(words, maxsplit=1)[0].rstrip()
    shown = tuple(a if isinstance(a, int | float | None) else HIDDEN for a in record.args)
    try:
        return words % shown
    except (TypeError, ValueError):
        return words


def _facts(record: logging.LogRecord) -> list[tuple[str, object]]:
    return [(name, value) for name, value in vars(record).items() if name not in _STANDARD]


def _flat(text: str) -> str:
    """Keep a value from starting a line of its own: the log may quote a stranger."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
