"""Waking a worker that waits for work."""

import asyncio
from datetime import datetime, timedelta

from core.ports import Clock
from core.pulse import Pulse

LONGEST_NAP = timedelta(seconds=30)
"""A worker looks by itself at least this often, should a ring ever be missed."""

_SLACK = timedelta(milliseconds=5)
"""By so much two clocks may run apart without a nap too many."""


class Alarm:
    """Lets a commit wake the worker that it has work for; rings while it works are kept.

    `rings` counts them, for a worker that must tell a ring from the end of a nap.
    `pulse` shows that the worker lives: it rests while the worker waits. A worker with much in
    hand calls `go_on` between two pieces of work, and beats the pulse within a long one.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()
        self.rings = 0
        self.pulse = Pulse()

    def pause(self, length: timedelta) -> "Pause":
        """Begin a pause of the worker."""
        return Pause(self, self._clock, length)

    def ring(self) -> None:
        """Wake the worker, now or as soon as it waits."""
        self.rings += 1
        self._rung.set()

    def go_on(self) -> None:
        """Say that a piece of work is done and the next one begins."""
        self.pulse.beat()

    async def wait(self, until: datetime | None, *, in_hand: bool = False) -> None:
        """Sleep until a ring, until `until`, or for `LONGEST_NAP`, whichever comes first.

        A worker that has something `in_hand` meanwhile does not rest: that must beat the pulse.
        """
        nap = LONGEST_NAP if until is None else min(LONGEST_NAP, until - self._clock())
        if not in_hand:
            self.pulse.rest()
        try:
            async with asyncio.timeout(max(nap.total_seconds(), 0)):
                await self._rung.wait()
        except TimeoutError:
            return
        finally:
            if not in_hand:
                self.pulse.beat()
        self._rung.clear()


class Pause:
    """A stretch of time that is slept in naps, so that a ring or the end is noticed.

    It is over when either the wall clock or the loop's has gone on so far: the one may be set
    back, the other stands still while the machine sleeps.
    """

    def __init__(self, alarm: Alarm, clock: Clock, length: timedelta) -> None:
        self._alarm = alarm
        self._clock = clock
        self._until = clock() + length
        self._end = asyncio.get_running_loop().time() + length.total_seconds()

    async def nap(self) -> bool:
        """Sleep until a ring or for a while; False when the pause is over."""
        left = self._end - asyncio.get_running_loop().time()
        now = self._clock()
        if left <= 0 or now >= self._until:
            return False
        await self._alarm.wait(min(self._until, now + timedelta(seconds=left) + _SLACK))
        return True
