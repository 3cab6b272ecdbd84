"""Patreon's refusals, without I/O: what a status, headers and a body mean for the caller.

A body may be HTML, `{}`, cut short or JSON with any attribute missing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

from core.errors import (
    Blocked,
    BotError,
    CursorExpired,
    PermanentError,
    TemporaryError,
    Throttled,
)

EDGE_PAUSE = timedelta(minutes=30)
"""How long Patreon's edge stays closed. Source: docs.patreon.com, "Edge Rate Limiting"."""

_LONGEST_PAUSE = timedelta(days=1)


class NotFound(PermanentError):  # noqa: N818  the name says what was found
    """There is no such thing (any more)."""


class Unauthorized(PermanentError):  # noqa: N818
    """The token is refused, or lacks a scope: Patreon answers both alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete answer; header names are lower case. `asked_at` is when the request left."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    asked_at: datetime
    received_at: datetime

    @property
    def is_success(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    @property
    def trace(self) -> dict[str, object]:
        """What Patreon's staff ask for, fit for a log record's `extra`."""
        return {
            "status": self.status,
            "ray": self.headers.get("cf-ray"),
            "patreon_uuid": self.headers.get("x-patreon-uuid"),
        }


class _Source(msgspec.Struct):
    parameter: object = None


class _Problem(msgspec.Struct):
    code: object = None
    code_name: object = None
    detail: object = None
    title: object = None
    retry_after_seconds: object = None
    source: _Source | str | list[object] | None = None

    @property
    def parameter(self) -> str:
        source = self.source
        named = source.parameter if isinstance(source, _Source) else None
        return named if isinstance(named, str) else ""

    @property
    def words(self) -> str:
        for value in (self.detail, self.title, self.code_name):
            if isinstance(value, str) and value.strip():
                return " ".join(value.split())[:200]
        return ""


class _Problems(msgspec.Struct):
    errors: list[_Problem] | None = None


_PROBLEMS = msgspec.json.Decoder(_Problems)


def error_of(answer: Answer, *, asked: str) -> BotError | None:
    """Tell which error an answer is, None when it is a success.

    `asked` names the request in the sentence. `NotFound` and `Unauthorized` are for the client
    to deal with.

    Source: docs.patreon.com, "Error Codes" and "Rate Limits".
    """
    if answer.is_success:
        return None
    problem = _first_problem(answer.body)
    pause = _pause(answer, problem)
    said = f" It said: {problem.words}" if problem and problem.words else ""
    sentence = f"Patreon answered {answer.status} to {asked}.{said}"
    if answer.status == 429:
        return Throttled(f"Patreon asks to slow down: {sentence}", retry_after=pause)
    if answer.status == 403 and not _is_patreons_own(answer, problem):
        ray = answer.headers.get("cf-ray", "unknown")
        return Blocked(
            f"Patreon's edge refuses this machine (ray id {ray}); the token is not to blame.{said}",
            retry_after=pause or EDGE_PAUSE,
        )
    if answer.status >= 500 or answer.status in (408, 425) or 300 <= answer.status < 400:
        return TemporaryError(sentence, retry_after=pause)
    if answer.status in (404, 410) and not _is_patreons_own(answer, problem):
        return TemporaryError(sentence, retry_after=pause)
    return _refusal(answer.status, problem, sentence)


def asked_pause(answer: Answer) -> timedelta | None:
    """Tell how long an answer asks to wait, None when it does not say."""
    return _pause(answer, _first_problem(answer.body))


def _refusal(status: int, problem: _Problem | None, sentence: str) -> BotError:
    if status == 401:
        return Unauthorized(sentence)
    if status in (404, 410):
        return NotFound(sentence)
    if status == 400 and problem is not None and problem.parameter:
        if problem.parameter == "page[cursor]" and problem.code in (3, "3"):
            return CursorExpired("Patreon no longer knows the page's cursor: start again.")
        return PermanentError(f"{sentence} The parameter is {problem.parameter[:100]!r}.")
    return PermanentError(sentence)


def _first_problem(body: bytes) -> _Problem | None:
    try:
        problems = _PROBLEMS.decode(body).errors
    except (ValueError, RecursionError):
        return None
    return problems[0] if problems else None


def _is_patreons_own(answer: Answer, problem: _Problem | None) -> bool:
    """Whether the API answered, not its edge or a proxy on the way.

    The API, too, speaks through Cloudflare; its errors say in their own words what is wrong.
    """
    if problem is None or not problem.words or "cf-mitigated" in answer.headers:
        return False
    return problem.code_name is not None or problem.retry_after_seconds is None


def _pause(answer: Answer, problem: _Problem | None) -> timedelta | None:
    named = problem.retry_after_seconds if problem else None
    if isinstance(named, int | float | str) and not isinstance(named, bool):
        pause = _seconds(named)
        if pause is not None:
            return pause
    header = answer.headers.get("retry-after", "").strip()
    pause = _seconds(header)
    return pause if pause is not None else _until(header, answer.received_at)


def _seconds(value: float | str) -> timedelta | None:
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(seconds) or seconds < 0:
        return None
    return timedelta(seconds=min(seconds, _LONGEST_PAUSE.total_seconds()))


def _until(header: str, now: datetime) -> timedelta | None:
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta()), _LONGEST_PAUSE)
