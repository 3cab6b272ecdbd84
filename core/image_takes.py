"""Taking pictures in, for the worker and for people who wait, and telling what failed."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from core.image_errands import Errands
from core.image_intake import Intake, Outcome, Taken
from core.image_rows import ImageRow
from core.images import ImageFailure

log = logging.getLogger(__name__)

AT_ONCE = 64
"""Pictures that are under way side by side, most of them on their way to the disk.

They are fetched a few at a time, and decoded one after the other.
"""

MOST_WANTED = 16
"""Pictures that are under way because somebody wanted to see them; who comes later sees none."""


class Takes:
    """Takes pictures in; each that somebody waits for is taken once.

    `on_kept` is told of the bytes that were added to the shelf, `beat` of every picture.
    """

    def __init__(
        self, intake: Intake, *, on_kept: Callable[[int], None], beat: Callable[[], None]
    ) -> None:
        self._intake = intake
        self._on_kept = on_kept
        self._beat = beat
        self._wanted = Errands[str, Taken](most=MOST_WANTED)
        self._failures: Counter[ImageFailure] = Counter()

    async def all(self, rows: Sequence[ImageRow]) -> list[Taken]:
        """Take a batch, a few at a time; gives what became of each."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def take(row: ImageRow) -> Taken:
            async with gate:
                taken = await (self._wanted.of(row.key) or self._take(row))
                self._beat()
                return taken

        return list(await asyncio.gather(*(take(row) for row in rows)))

    async def wanted(self, row: ImageRow, *, patience: timedelta) -> Taken | None:
        """Take a picture for somebody who waits; None when that takes too long.

        It is taken nevertheless: who asks again may see it.
        """
        try:
            return await self._wanted.run(row.key, lambda: self._take(row), patience=patience)
        except TimeoutError:
            return None

    async def _take(self, row: ImageRow) -> Taken:
        taken = await self._intake.take(row)
        if taken.outcome is Outcome.FETCHED:
            self._on_kept(taken.kept_bytes)
        if taken.failure is not None and taken.failure is not row.failure:
            self._failures[taken.failure] += 1
        return taken

    def tell(self) -> None:
        """Log what failed since the last time, by reason; a failure that lasts is told once."""
        if not self._failures:
            return
        reasons = {reason.value: count for reason, count in self._failures.most_common()}
        log.warning("pictures not fetched", extra={"pictures": self._failures.total()} | reasons)
        self._failures.clear()

    async def close(self) -> None:
        """Cut short what people waited for."""
        await self._wanted.close()
