"""What a sync costs, and how near it comes to the rate that it is allowed.

A server in a process of its own gives out prepared pages of 1,000 members; the bot's own client,
sync and database are measured in this one, its garbage collector tuned as in the bot. Every round
starts with an empty database.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import count
from pathlib import Path

from benchmarks._figures import report
from benchmarks._loop import p99, watching
from benchmarks._pages import CAMPAIGN_ID, Pages, fetch_page
from benchmarks._receivers import postgresql, running
from benchmarks._syncing import Syncing, now, open_syncing
from bot.collector import tune_collector
from core.feed import Feed, FeedPolicy
from core.members_pass import CHUNK
from core.ports import MembersPage
from core.store import StoredCampaign
from core.update import update_members
from patreon.members import read_members
from patreon.settings import Limits

ROUNDS = 5
PAGES = 31
PAGE_SECONDS = 0.6
"""What Patreon's limit allows at most: 100 requests a minute, a page each."""

_REPEATS = 15
_LOADS_SECONDS = 0.0086
"""What `json.loads` took for a page with every attribute on the machine that the goals are from."""

_BURST, _WINDOWS = 10, 2
_FAST = Limits(per_token=_BURST, token_window=timedelta(seconds=2.5))
"""240 requests a minute: more than Patreon's 100, so that a run is short."""


async def _cpu_shares(port: int, new_database: Callable[[], str]) -> tuple[float, float]:
    """Give the shares of the imposed time that a first and an unchanged sync compute."""
    async with open_syncing(port, new_database()) as syncing:
        shares = []
        for is_first in (True, False):
            started = time.process_time()
            await syncing.run(is_first=is_first)
            shares.append((time.process_time() - started) / (PAGES * PAGE_SECONDS))
    return shares[0], shares[1]


def _loads_share(page: bytes) -> float:
    """Give the share of the imposed time that `json.loads` alone computes for a page."""
    times = []
    for _ in range(_REPEATS):
        started = time.process_time()
        json.loads(page)
        times.append(time.process_time() - started)
    return statistics.median(times) / PAGE_SECONDS


async def _unchanged_to_written(
    syncing: Syncing, page: MembersPage, stored: StoredCampaign
) -> float:
    """Write a page of new members, then look at the same page again; gives the ratio of times."""
    feed = Feed(FeedPolicy(), new_marker=str)
    ids = sorted(page.members.fingerprints)
    started = time.perf_counter()
    for start in range(0, len(ids), CHUNK):
        async with syncing.store.write() as work:
            await update_members(
                work,
                page.members.read(ids[start : start + CHUNK]),
                asked_at=page.asked_at,
                stored=stored,
                feed=feed,
                now=page.asked_at,
            )
    written = time.perf_counter()
    async with syncing.store.read() as work:
        rows = await work.members.unchanged(page.members.fingerprints, asked_at=now())
    looked = time.perf_counter()
    if len(rows) != len(ids):
        raise RuntimeError(f"{len(rows)} of {len(ids)} members are unchanged")
    return (looked - written) / (written - started)


async def _page_costs(port: int, database: str) -> list[float]:
    """Give the ratio for several pages; the first one warms up."""
    pages = Pages(await fetch_page(), count=ROUNDS + 1)
    async with open_syncing(port, database) as syncing:
        async with syncing.store.read() as work:
            stored = await work.campaigns.get(CAMPAIGN_ID)
        assert stored is not None
        ratios = [
            await _unchanged_to_written(
                syncing,
                read_members(pages.page(number), campaign_id=CAMPAIGN_ID, asked_at=now()),
                stored,
            )
            for number in range(ROUNDS + 1)
        ]
    return ratios[1:]


async def _at_the_limit(port: int, database: str) -> tuple[float, float]:
    """Sync as fast as a limit allows.

    Gives the reached part of the limit, and by how many milliseconds the loop's lag (p99) was
    above that of the idle process.
    """
    async with open_syncing(port, database, _FAST) as syncing:
        async with watching() as idle:
            await asyncio.sleep(1)
        await asyncio.to_thread(_times, port)
        async with watching() as busy:
            await syncing.run(is_first=True)
        times = await asyncio.to_thread(_times, port)
    # The first window is a burst; from then on each request waits for the one a window before.
    took = times[-1] - times[-1 - _WINDOWS * _BURST]
    reached = _WINDOWS * _FAST.token_window.total_seconds() / took
    return reached, (p99(busy) - p99(idle)) * 1000


def _times(port: int) -> list[float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/times", timeout=10) as answer:
        times: list[float] = json.load(answer)
    return times


async def main() -> None:
    """Measure everything in turn, round by round."""
    tune_collector()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        numbers = count()

        def new_database() -> str:
            return f"sqlite:///{folder / f'{next(numbers)}.db'}"

        command = [sys.executable, "-m", "benchmarks._pages", str(PAGES * 1_000)]
        port = await stack.enter_async_context(running(command))
        shares, loads, limits = [], [], []
        whole_page = await fetch_page(has_every_field=True)
        for _ in range(ROUNDS):
            before = _loads_share(whole_page)
            shares.append(await _cpu_shares(port, new_database))
            loads.append((before + _loads_share(whole_page)) / 2)
            limits.append(await _at_the_limit(port, new_database()))
        costs = await _page_costs(port, new_database())
        address = stack.enter_context(postgresql(folder / "postgresql"))
        costs_on_postgresql = await _page_costs(port, address)
    for which, name, goal in ((0, "first sync", 0.08), (1, "unchanged", 0.025)):
        report(f"CPU share at Patreon's limit, {name}", [x[which] for x in shares], at_most=goal)
        # A share tells as much about the machine: the same goal, for any of them.
        ratios = [share[which] / load for share, load in zip(shares, loads, strict=True)]
        at_most = round(goal * PAGE_SECONDS / _LOADS_SECONDS, 2)
        report(f"CPU time of a page, {name} / json.loads of one", ratios, at_most=at_most)
    report("an unchanged page / a full write, SQLite", costs, at_most=0.35)
    report("an unchanged page / a full write, PostgreSQL", costs_on_postgresql, at_most=0.35)
    report("throughput of a first sync / its limit", [a for a, _ in limits], at_least=0.97)
    report("loop lag p99 in ms above idle, first sync", [b for _, b in limits], at_most=10)


if __name__ == "__main__":
    asyncio.run(main())
