"""Make Discord's ids and read the time in them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

EPOCH: Final = datetime(2015, 1, 1, tzinfo=UTC)
"""The moment of snowflake 0. Source: Discord API Reference, "Snowflakes"."""

Clock: TypeAlias = Callable[[], datetime]
"""Returns the present moment, aware and in UTC."""


def now() -> datetime:
    """Read the machine's clock."""
    return datetime.now(UTC)


def at(moment: datetime) -> int:
    """Return the lowest snowflake of the millisecond of `moment`."""
    return ((moment - EPOCH) // timedelta(milliseconds=1)) << 22


def created_at(snowflake: int) -> datetime:
    """Read when `snowflake` was made, to the millisecond."""
    return EPOCH + timedelta(milliseconds=snowflake >> 22)


class Snowflakes:
    """Hands out ids that grow with the clock and never repeat."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """Return the next id: larger than every one before."""
        self._last = max(self._last + 1, at(self._clock()))
        return self._last
