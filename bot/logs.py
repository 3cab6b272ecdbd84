"""Logging: text for people, JSON lines for machines, and never a secret."""

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal, TextIO

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_HIDDEN = "[hidden]"
_SHORTEST_SECRET = 6
QUIET = ("aiosqlite", "alembic", "asyncio", "discord", "httpcore", "httpx")
"""Loggers that speak from warning on, whatever the level."""


Format = Literal["auto", "text", "json"]


class _Hiding(logging.Formatter):
    """Hides the configured secrets, wherever in a line they turn up."""

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
            line = line.replace(secret, _HIDDEN)
        return line

    def _line(self, record: logging.LogRecord) -> str:
        raise NotImplementedError

    def _trace(self, record: logging.LogRecord) -> str:
        parts = [self.formatException(record.exc_info)] if record.exc_info else []
        if record.stack_info:
            parts.append(self.formatStack(record.stack_info))
        return "\n".join(parts)


class TextLines(_Hiding):
    """`12:00:00 INFO    core.sync: campaign synced  members=12 new=1`."""

    def _line(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, tz=UTC).astimezone()
        line = f"{at:%H:%M:%S} {record.levelname:<7} {record.name}: {_flat(record.getMessage())}"
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
            "message": record.getMessage(),
        }
        for name, value in _facts(record):
            entry.setdefault(name, value)
        trace = self._trace(record)
        if trace:
            entry["trace"] = trace
        return json.dumps(entry, default=str, ensure_ascii=False)


def set_up(
    *,
    level: str,
    style: Format,
    secrets: Iterable[str],
    stream: TextIO | None = None,
) -> None:
    """Send every log line to `stream` (standard error), in place of what was set up before.

    `style` "auto" means text on a terminal and JSON lines elsewhere. The libraries speak only
    from warning on: what they say below that quotes requests.
    """
    target = sys.stderr if stream is None else stream
    is_text = style == "text" or (style == "auto" and target.isatty())
    handler = logging.StreamHandler(target)
    handler.setFormatter((TextLines if is_text else JsonLines)(secrets))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _facts(record: logging.LogRecord) -> list[tuple[str, object]]:
    return [(name, value) for name, value in vars(record).items() if name not in _STANDARD]


def _flat(text: str) -> str:
    """Keep a value from starting a line of its own: the log may quote a stranger."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
