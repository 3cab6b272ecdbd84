"""A closed-loop load generator: prepared HTTP requests over keep-alive connections."""

import asyncio
import time
from collections.abc import Iterator, Sequence


def http_post(host: str, port: int, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Write one HTTP/1.1 request as bytes."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def requests_per_second(
    host: str, port: int, requests: Sequence[bytes], *, connections: int, status: int
) -> float:
    """Send every request once over `connections` connections; gives the rate.

    Raises:
        RuntimeError: an answer had another status.
    """
    queue = iter(requests)
    started = time.perf_counter()
    async with asyncio.timeout(120):
        await asyncio.gather(*(_client(host, port, queue, status) for _ in range(connections)))
    return len(requests) / (time.perf_counter() - started)


async def _client(host: str, port: int, queue: Iterator[bytes], status: int) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    expected = f"HTTP/1.1 {status} ".encode()
    try:
        for request in queue:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(expected):
                raise RuntimeError(f"expected {status}, got {head[:60]!r}")
            length = _content_length(head)
            if length:
                await reader.readexactly(length)
    finally:
        writer.close()
        await writer.wait_closed()


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
