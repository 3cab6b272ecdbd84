"""Let things happen on Patreon by themselves, until told to stop."""

import asyncio
import contextlib
from datetime import timedelta

from sandbox.patreon.life import LifeGenerator
from sandbox.patreon.world import PatreonWorld

PACE = timedelta(seconds=4)
MOST_EVENTS = 1000
"""After this many it stops by itself: nobody is watching any more."""


class Living:
    """Runs a campaign's life in the background."""

    def __init__(self, world: PatreonWorld, *, seed: int, pace: timedelta = PACE) -> None:
        self._life = LifeGenerator(world, seed=seed)
        self._pace = pace
        self._task: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        """Whether things happen by themselves now."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin; does nothing when it runs."""
        if not self.is_on:
            running = self._life.run(pace=self._pace, events=MOST_EVENTS)
            self._task = asyncio.create_task(running, name="patreon life")

    async def stop(self) -> None:
        """End it; safe to repeat."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
