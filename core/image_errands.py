"""Work that somebody waits for and may stop waiting for, without cutting it short."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta
from typing import Generic, TypeVar

from core.errors import BotError

log = logging.getLogger(__name__)

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Errands(Generic[K, T]):
    """Does at most `most` pieces of work at a time, each once for all who wait for it.

    Who gives up, or is cancelled, leaves the work to its end: a decoder that is interrupted has to
    be started anew. The work itself must end in bounded time.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._under_way: dict[K, asyncio.Task[T]] = {}

    def __len__(self) -> int:
        """How many are under way."""
        return len(self._under_way)

    def of(self, key: K) -> Awaitable[T] | None:
        """What is under way for `key`, to be waited for; None when nothing is."""
        task = self._under_way.get(key)
        return None if task is None else asyncio.shield(task)

    async def run(self, key: K, work: Callable[[], Awaitable[T]], *, patience: timedelta) -> T:
        """Have `work` done for `key`, unless it is being done already, and give what it gives.

        Raises:
            TimeoutError: it takes longer than `patience`, or too much else is under way.
        """
        task = self._under_way.get(key)
        if task is None:
            if len(self._under_way) >= self._most:
                raise TimeoutError("too much is under way")
            task = asyncio.create_task(_done(work))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._end(key, done))
        done, _ = await asyncio.wait([task], timeout=patience.total_seconds())
        if not done:
            raise TimeoutError("it takes too long")
        return task.result()

    def _end(self, key: K, task: asyncio.Task[T]) -> None:
        del self._under_way[key]
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, BotError):
            # Perhaps nobody waits any more.
            log.error("picture work failed", exc_info=error)

    async def close(self) -> None:
        """Cut short what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _done(work: Callable[[], Awaitable[T]]) -> T:
    return await work()
