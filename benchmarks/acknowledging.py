"""How long a webhook waits for its acknowledgement while a sync writes, against a quiet process.

The same process and load throughout: 200 unique signed webhooks a second, each answered after its
commit. In every round the sync stands still first, then takes over a page of new members per
600 ms, as Patreon's limit allows.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

from benchmarks._figures import report
from benchmarks._load import http_post
from benchmarks._loop import p99
from benchmarks._open_loop import Free, connected, send_at_rate
from benchmarks._receivers import HOST, postgresql, running

SECRET = "benchmark-secret"
ROUNDS = 9
RATE = 200
SECONDS = 3
CONNECTIONS = 32
MEMBERS = 60_000


def _webhook(port: int, number: int) -> bytes:
    document = {"data": {"type": "member", "id": f"{number:036d}", "note": "x" * 2_600}}
    body = json.dumps(document).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.md5).hexdigest()
    headers = {"X-Patreon-Event": "members:update", "X-Patreon-Signature": signature}
    return http_post(HOST, port, "/webhooks/patreon", body, headers)


def _move_gate(port: int, where: str) -> None:
    request = urllib.request.Request(f"http://{HOST}:{port}/gate/{where}", method="POST")
    urllib.request.urlopen(request, timeout=10).close()


async def _p99(free: Free, port: int, numbers: Iterator[int]) -> float:
    requests = [_webhook(port, next(numbers)) for _ in range(RATE * SECONDS)]
    return p99(await send_at_rate(free, requests, rate=RATE, status=204))


async def _measure(database: str) -> list[tuple[float, float]]:
    """Give the p99 of quiet and of busy times in seconds, a pair for each round."""
    numbers = count()
    pairs = []
    async with AsyncExitStack() as stack:
        pages = [sys.executable, "-m", "benchmarks._pages", str(MEMBERS)]
        pages_port = await stack.enter_async_context(running(pages))
        command = [sys.executable, "-m", "benchmarks._syncing_server", SECRET]
        port = await stack.enter_async_context(running([*command, str(pages_port), database]))
        free = await stack.enter_async_context(connected(HOST, port, count=CONNECTIONS))
        await _p99(free, port, numbers)
        for _ in range(ROUNDS):
            quiet = await _p99(free, port, numbers)
            await asyncio.to_thread(_move_gate, port, "open")
            busy = await _p99(free, port, numbers)
            await asyncio.to_thread(_move_gate, port, "shut")
            await asyncio.sleep(0.5)
            pairs.append((quiet, busy))
    return pairs


async def main() -> None:
    """Measure on both databases."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with postgresql(folder / "postgresql") as address:
            for title, database in (
                ("SQLite", f"sqlite:///{folder / 'bench.db'}"),
                ("PostgreSQL", address),
            ):
                pairs = await _measure(database)
                ratios = [busy / quiet for quiet, busy in pairs]
                report(f"p99 of an acknowledgement, sync / quiet, {title}", ratios, at_most=2.5)
                milliseconds = [busy * 1000 for _, busy in pairs]
                report(f"p99 of an acknowledgement during a sync in ms, {title}", milliseconds)


if __name__ == "__main__":
    asyncio.run(main())
