"""Keeping the shelf in bounds: pictures nobody sees, files nobody names, a limit in bytes."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Protocol

from core.ports import Clock
from core.store import Store

log = logging.getLogger(__name__)

BATCH = 200
ORPHAN_AGE = timedelta(hours=1)
"""A file that nothing names may belong to a picture that is being noted right now."""

JUST_SHOWN = timedelta(hours=1)
"""A picture that somebody saw so lately is not dropped to make room."""

FULL_TO = 0.9
"""How full the shelf is after room was made, so that it is not made for every picture."""


class SweptShelf(Protocol):
    """The files, as the sweep needs them."""

    def older_than(self, age: timedelta) -> AsyncIterator[list[str]]:
        """Give the digests of files written longer ago, in batches; old drafts are removed."""
        ...

    async def remove(self, digests: Sequence[str], *, age: timedelta = timedelta()) -> int:
        """Remove files that were kept longer ago than `age`; gives how many there were."""
        ...


class Sweeper:
    """Drops what is not needed any more."""

    def __init__(
        self,
        store: Store,
        shelf: SweptShelf,
        *,
        max_age: timedelta,
        max_bytes: int,
        clock: Clock,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._max_age = max_age
        self._max_bytes = max_bytes
        self._clock = clock

    @property
    def max_bytes(self) -> int:
        """What all files together may take."""
        return self._max_bytes

    async def sweep(self, *, beat: Callable[[], None] = lambda: None) -> int:
        """Drop pictures that nobody saw for long and files that nothing names; gives how many."""
        dropped = 0
        before = self._clock() - self._max_age
        while True:
            async with self._store.write() as work:
                stale = await work.images.stale(before, limit=BATCH)
                unused = await work.images.drop(stale)
            dropped += await self._shelf.remove(unused)
            beat()
            if len(stale) < BATCH:
                break
        await self.make_room(beat=beat)
        async for digests in self._shelf.older_than(ORPHAN_AGE):
            async with self._store.read() as work:
                used = await work.images.used(digests)
            orphans = [digest for digest in digests if digest not in used]
            dropped += await self._shelf.remove(orphans, age=ORPHAN_AGE)
            beat()
        async with self._store.write() as work:
            await work.images.tidy()
        if dropped:
            log.info("picture files dropped", extra={"files": dropped})
        return dropped

    async def make_room(self, *, beat: Callable[[], None] = lambda: None) -> int:
        """Drop the pictures longest unseen while all files take more than they may."""
        async with self._store.read() as work:
            taken = await work.images.size_bytes()
        if taken <= self._max_bytes:
            return 0
        dropped = 0
        before = self._clock() - JUST_SHOWN
        while taken > self._max_bytes * FULL_TO:
            async with self._store.write() as work:
                stale = await work.images.stale(before, limit=BATCH // 4)
                unused = await work.images.drop(stale)
                taken = await work.images.size_bytes()
            dropped += await self._shelf.remove(unused)
            beat()
            if not stale:
                log.warning(
                    "no room for pictures", extra={"taken": taken, "max_bytes": self._max_bytes}
                )
                break
        return dropped
