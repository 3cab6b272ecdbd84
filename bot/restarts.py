"""What to do when a part of the process ends: a decision without any I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.watchdog import HangError
from core.backoff import Random, delay
from core.errors import PermanentError, TemporaryError


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """How patient the supervisor is: `most` crashes in a `window` are forgiven.

    A part that hangs ends only after its silence, so it is counted in the longer `hang_window`.
    """

    most: int = 3
    window: timedelta = timedelta(minutes=10)
    hang_window: timedelta = timedelta(hours=2)
    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Restart:
    """Start the part again after `wait`."""

    wait: timedelta


@dataclass(frozen=True, slots=True)
class GiveUp:
    """End the process; `reason` is a sentence for the operator."""

    reason: str


def decide(
    name: str,
    error: Exception | None,
    ends: Sequence[timedelta],
    *,
    policy: RestartPolicy,
    random: Random,
) -> Restart | GiveUp:
    """Decide about the part `name`, which ended with `error`, or by itself (None).

    `ends` says when the part ended before and now, on any steady clock, oldest first. What fails
    until somebody acts ends the process at once. What is only away (`TemporaryError`: the
    database is restarting, say) is tried again for as long as it takes, because the other parts
    are of use meanwhile. Everything else is a bug: forgiven a few times, because the process's
    own supervisor can only do the same.
    """
    if isinstance(error, PermanentError):
        return GiveUp(str(error))
    window = policy.hang_window if isinstance(error, HangError) else policy.window
    recent = [end for end in ends if ends[-1] - end < window]
    is_outage = isinstance(error, TemporaryError)
    if not is_outage and len(recent) > policy.most:
        how = "ended by itself" if error is None else f"failed ({type(error).__name__})"
        minutes = round(window.total_seconds() / 60)
        return GiveUp(
            f"The part {name!r} {how} {len(recent)} times within {minutes} minutes; the log "
            "shows why."
        )
    wait = delay(len(recent), first=policy.first, longest=policy.longest, random=random)
    if isinstance(error, TemporaryError) and error.retry_after is not None:
        wait = max(wait, min(error.retry_after, policy.longest))
    return Restart(wait)
