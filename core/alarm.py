"""Waking a worker that waits for work."""

import asyncio
from datetime import datetime, timedelta

from core.ports import Clock

LONGEST_NAP = timedelta(seconds=30)
"""A worker looks by itself at least this often, should a ring ever be missed."""


class Alarm:
    """Lets a commit wake the worker that it has work for; rings while it works are kept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the worker, now or as soon as it waits."""
        self._rung.set()

    async def wait(self, until: datetime | None) -> None:
        """Sleep until a ring, until `until`, or for `LONGEST_NAP`, whichever comes first."""
        nap = LONGEST_NAP if until is None else min(LONGEST_NAP, until - self._clock())
        try:
            async with asyncio.timeout(max(nap.total_seconds(), 0)):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()
