"""A monotonic clock that moves only when everybody waits."""

import asyncio
import heapq
from collections.abc import Coroutine
from itertools import count


class VirtualTime:
    """`now` and `sleep` for a limiter; `run` finishes a coroutine without real waiting."""

    def __init__(self) -> None:
        self.time = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.time + seconds, next(self._order), future))
        await future

    async def run(self, *coroutines: Coroutine[object, object, object]) -> list[object]:
        everything = asyncio.gather(*coroutines, return_exceptions=True)
        for _ in range(100_000):
            for _ in range(20):
                await asyncio.sleep(0)
            if everything.done():
                return everything.result()
            while self._sleepers and self._sleepers[0][2].done():
                heapq.heappop(self._sleepers)
            if not self._sleepers:
                everything.cancel()
                raise AssertionError("Somebody waits for nothing.")
            self.time, _, future = heapq.heappop(self._sleepers)
            future.set_result(None)
        everything.cancel()
        raise AssertionError("This takes too long.")
