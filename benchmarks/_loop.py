"""How late an event loop is: what everything in the process waits for besides its own work."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

EVERY = 0.005


@asynccontextmanager
async def watching() -> AsyncIterator[list[float]]:
    """Collect by how many seconds each of many short sleeps of the block's time was late."""
    late: list[float] = []
    watch = asyncio.create_task(_watch(late))
    try:
        yield late
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


async def _watch(late: list[float]) -> None:
    while True:
        due = time.perf_counter() + EVERY
        await asyncio.sleep(EVERY)
        late.append(time.perf_counter() - due)


def p99(values: list[float]) -> float:
    """Give what 99 of 100 values stay below."""
    return statistics.quantiles(values, n=100)[98]
