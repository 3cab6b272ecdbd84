"""An open-loop load: requests leave when they are due, however long the answers take."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

Free = asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
"""Connections that carry no request now."""


@asynccontextmanager
async def connected(host: str, port: int, *, count: int) -> AsyncIterator[Free]:
    """Open keep-alive connections, of which each request borrows one."""
    free: Free = asyncio.Queue()
    opened = [await asyncio.open_connection(host, port) for _ in range(count)]
    for connection in opened:
        free.put_nowait(connection)
    try:
        yield free
    finally:
        for _, writer in opened:
            writer.close()


async def send_at_rate(
    free: Free, requests: Sequence[bytes], *, rate: float, status: int
) -> list[float]:
    """Send the requests at `rate` a second; gives how many seconds after its due time each ended.

    Raises:
        RuntimeError: an answer had another status.
    """
    start = time.perf_counter() + 0.01
    async with asyncio.timeout(len(requests) / rate + 30), asyncio.TaskGroup() as group:
        tasks = []
        for number, request in enumerate(requests):
            due = start + number / rate
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            tasks.append(group.create_task(_send(free, request, due, status)))
    return [task.result() for task in tasks]


async def _send(free: Free, request: bytes, due: float, status: int) -> float:
    connection = reader, writer = await free.get()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    if length:
        await reader.readexactly(int(length))
    took = time.perf_counter() - due
    free.put_nowait(connection)
    if not head.startswith(f"HTTP/1.1 {status} ".encode()):
        raise RuntimeError(f"expected {status}, got {head[:60]!r}")
    return took
