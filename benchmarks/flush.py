"""`/livez` while Patreon sends at once what it kept for a week.

The real bot in a process of its own takes 10,000 webhooks about 1,000 members whom it knows, as
fast as 16 connections bring them, and works them off; `/livez` is asked 100 times a second
meanwhile, and before, when the bot is idle. Patreon's limits are off, in the bot and in the
server of prepared pages that stands in for Patreon: with them a flush ends within the minute.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg

from benchmarks._bot import PATH, RunningBot, running_bot
from benchmarks._figures import report
from benchmarks._load import http_post, send_all
from benchmarks._loop import p99
from benchmarks._open_loop import Free, connected, send_at_rate
from benchmarks._pages import Pages, fetch_page, member_documents
from benchmarks._receivers import HOST, postgresql, running
from benchmarks._syncing import new_store
from storage.store import SqlStore

ROUNDS = 5
EVENTS = 10_000
CONNECTIONS = 16
RATE = 100
_PATIENCE = 300.0


def _flush(port: int, requests: Sequence[bytes]) -> None:
    send_all(HOST, port, requests, connections=CONNECTIONS, status=204)


async def _webhooks(bot: RunningBot) -> list[bytes]:
    documents = member_documents(Pages(await fetch_page(), count=1).page(0))
    posts = [http_post(HOST, bot.port, PATH, b, bot.headers(b)) for b in documents.values()]
    return [posts[number % len(posts)] for number in range(EVENTS)]


async def _look(free: Free, bot: RunningBot, *, seconds: float) -> list[float]:
    request = f"GET /livez HTTP/1.1\r\nHost: {HOST}:{bot.port}\r\n\r\n".encode()
    requests = [request] * int(RATE * seconds)
    return await send_at_rate(free, requests, rate=RATE, status=200)


async def _is_drained(store: SqlStore) -> bool:
    async with store.read() as work:
        backlog = await work.events.backlog()
    if backlog.parked:
        raise RuntimeError(f"{backlog.parked} events are set aside: {backlog.reason}")
    return not backlog.waiting


async def _round(folder: Path, database: str) -> tuple[float, float, float]:
    """Give the p99 when idle and during the flush, and how long that took, in seconds."""
    folder.mkdir()
    async with AsyncExitStack() as stack:
        pages = [sys.executable, "-m", "benchmarks._pages", "1000"]
        pages_port = await stack.enter_async_context(running(pages))
        environment = {"DATABASE_URL": database, "PATREON_API_URL": f"http://{HOST}:{pages_port}"}
        module = "benchmarks._bot_process"
        bot = await stack.enter_async_context(
            running_bot(folder, environment=environment, module=module)
        )
        sender = stack.enter_context(ProcessPoolExecutor(1))
        free = await stack.enter_async_context(connected(HOST, bot.port, count=8))
        store = new_store(database)
        stack.push_async_callback(store.close)
        flood = await _webhooks(bot)
        idle = p99(await _look(free, bot, seconds=2))
        times: list[float] = []
        started = time.perf_counter()
        sending = asyncio.get_running_loop().run_in_executor(sender, _flush, bot.port, flood)
        async with asyncio.timeout(_PATIENCE):
            while not sending.done() or not await _is_drained(store):
                times += await _look(free, bot, seconds=0.25)
        await sending
    return idle, p99(times), time.perf_counter() - started


async def _new_database(address: str, name: str) -> str:
    """Make a database on the server at `address`; gives its address."""
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return address.replace("/postgres?", f"/{name}?")


def _compare(title: str, rounds: Sequence[tuple[float, float, float]]) -> None:
    ratios = [busy / idle for idle, busy, _ in rounds]
    report(f"p99 of /livez, flush / idle, {title}", ratios, at_most=5)
    report(f"p99 of /livez during a flush in ms, {title}", [b * 1000 for _, b, _ in rounds])
    report(f"flush of {EVENTS:,} events in s, {title}", [took for *_, took in rounds])


async def main() -> None:
    """Measure on both databases."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rounds = []
        for number in range(ROUNDS):
            database = f"sqlite:///{folder / f'{number}.db'}"
            rounds.append(await _round(folder / f"sqlite-{number}", database))
        _compare("SQLite", rounds)
        with postgresql(folder / "postgresql") as address:
            rounds = []
            for number in range(ROUNDS):
                database = await _new_database(address, f"flush_{number}")
                rounds.append(await _round(folder / f"postgresql-{number}", database))
        _compare("PostgreSQL", rounds)


if __name__ == "__main__":
    asyncio.run(main())
