"""Time that tests and the demo can steer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def real_clock() -> datetime:
    """Tell the present time, aware and in UTC."""
    return datetime.now(UTC)


class VirtualClock:
    """A clock that stands still until it is told to advance.

    Call the instance to read it. Listeners are called after each advance, so that whoever waits
    for a moment can look again.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start if start is not None else datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
        self._listeners: list[Callable[[], None]] = []

    def __call__(self) -> datetime:
        """Tell the virtual time, aware and in UTC."""
        return self._now

    def advance(self, step: timedelta) -> datetime:
        """Move forward by `step` and tell the new time.

        Raises:
            ValueError: `step` is negative.
        """
        if step < timedelta(0):
            raise ValueError("A clock does not run backwards.")
        self._now += step
        for listener in tuple(self._listeners):
            listener()
        return self._now

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each advance; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


def next_midnight(moment: datetime) -> datetime:
    """Find the first midnight UTC after `moment`."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1)


def wire_time(moment: datetime | None) -> str | None:
    """Write a moment as Patreon does: `2023-12-29T05:26:19.000+00:00`."""
    return None if moment is None else moment.isoformat(timespec="milliseconds")
