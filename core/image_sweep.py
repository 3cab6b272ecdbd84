"""Keeping the shelf in bounds: pictures nobody sees, files nobody names, a limit in bytes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence, Set
from datetime import datetime, timedelta
from typing import Protocol

from core.image_rows import Blob
from core.ports import Clock
from core.store import Store, Work

log = logging.getLogger(__name__)

BATCH = 200
ORPHAN_AGE = timedelta(hours=1)
"""A file that nothing names may belong to a picture that is being noted right now."""

JUST_KEPT = timedelta(minutes=5)
"""The same for a file that nothing names any more: somebody may have uploaded just that."""

JUST_SHOWN = timedelta(hours=1)
"""A picture that somebody saw so lately is not dropped to make room."""

FULL_TO = 0.9
"""How full the shelf is after room was made, so that it is not made for every picture."""

AGAIN = timedelta(minutes=10)
"""How long to wait before room is looked for again when there was nothing to drop."""


class SweptShelf(Protocol):
    """The files, as the sweep needs them."""

    def older_than(self, age: timedelta) -> AsyncIterator[list[str]]:
        """Give the digests of files written longer ago, in batches; old drafts are removed."""
        ...

    async def remove(self, digests: Sequence[str], *, age: timedelta = timedelta()) -> int:
        """Remove files that were kept longer ago than `age`; gives how many there were."""
        ...


class Sweeper:
    """Drops what is not needed any more.

    Adding up all files reads every row. It is done when what was kept since the last time may have
    filled the shelf, and by every sweep, which sees what other processes kept.
    """

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
        self._turn = asyncio.Lock()
        self._kept = 0
        # What all files took when they were added up, less what was kept before that.
        self._others: int | None = None
        self._stuck_at: datetime | None = None

    @property
    def max_bytes(self) -> int:
        """What all files together may take."""
        return self._max_bytes

    def note_kept(self, size_bytes: int) -> None:
        """Take note that files of so many bytes were kept."""
        self._kept += size_bytes

    async def sweep(self, *, beat: Callable[[], None] = lambda: None) -> int:
        """Drop pictures that nobody saw for long and files that nothing names; gives how many."""
        dropped = 0
        before = self._clock() - self._max_age
        while True:
            async with self._store.write() as work:
                stale = await work.images.stale(before, limit=BATCH)
                unused = await work.images.drop(stale)
                uploaded = await _uploaded(work, [blob.digest for blob in unused])
            dropped += await self._remove(unused, uploaded)
            beat()
            if len(stale) < BATCH:
                break
        self._others = self._stuck_at = None
        await self.make_room(beat=beat)
        async for digests in self._shelf.older_than(ORPHAN_AGE):
            async with self._store.read() as work:
                used = await work.images.used(digests) | await _uploaded(work, digests)
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
        async with self._turn:
            if self._is_stuck() or await self._has_room():
                return 0
            return await self._make_room(beat)

    def _is_stuck(self) -> bool:
        stuck_at = self._stuck_at
        return stuck_at is not None and timedelta() <= self._clock() - stuck_at < AGAIN

    async def _has_room(self) -> bool:
        if self._others is not None and self._others + self._kept <= self._max_bytes:
            return True
        kept = self._kept
        async with self._store.read() as work:
            self._others = await work.images.size_bytes() - kept
        return self._others + self._kept <= self._max_bytes

    async def _make_room(self, beat: Callable[[], None]) -> int:
        dropped = 0
        before = self._clock() - JUST_SHOWN
        taken = (self._others or 0) + self._kept
        while taken > self._max_bytes * FULL_TO:
            async with self._store.write() as work:
                stale = await work.images.stale(before, limit=BATCH // 4)
                unused = await work.images.drop(stale)
                uploaded = await _uploaded(work, [blob.digest for blob in unused])
            dropped += await self._remove(unused, uploaded)
            beat()
            freed = sum(blob.size_bytes for blob in unused)
            taken -= freed
            self._others = (self._others or 0) - freed
            if not stale:
                self._stuck_at = self._clock()
                facts = {"taken": taken, "max_bytes": self._max_bytes}
                log.warning("no room for pictures", extra=facts)
                break
        return dropped

    async def _remove(self, files: Sequence[Blob], kept: Set[str]) -> int:
        digests = [file.digest for file in files if file.digest not in kept]
        return await self._shelf.remove(digests, age=JUST_KEPT)


async def _uploaded(work: Work, digests: Sequence[str]) -> Set[str]:
    """Tell which files somebody uploaded for a post.

    Forms come first: a form that is used meanwhile hands its pictures on to a draft.
    """
    of_forms = await work.submissions.which_kept(digests)
    return of_forms | await work.drafts.which_kept(digests)
