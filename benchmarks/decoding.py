"""Reading a page of 1,000 members, against `json.loads` on the same bytes.

Each is measured in turn in one process, in seconds of its own CPU time.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

from benchmarks._figures import report
from benchmarks._pages import CAMPAIGN_ID, fetch_page
from patreon.documents import decode
from patreon.member_shapes import MembersDocument
from patreon.members import read_members

ROUNDS = 7
REPEATS = 15


def _seconds(work: Callable[[], object]) -> float:
    """Give how long `work` took; what it made is thrown away in that time, too."""
    started = time.thread_time()
    work()
    return time.thread_time() - started


def _read_all(body: bytes) -> object:
    """Read a page and everybody on it."""
    members = read_members(body, campaign_id=CAMPAIGN_ID, asked_at=datetime.now(UTC)).members
    return members.read(members.fingerprints)


def _measure(body: bytes) -> tuple[list[float], list[float]]:
    """Give the ratios of decoding and of reading to `json.loads`, one of each for a round."""
    works: tuple[Callable[[], object], ...] = (
        lambda: json.loads(body),
        lambda: decode(body, MembersDocument),
        lambda: _read_all(body),
    )
    decoding: list[float] = []
    reading: list[float] = []
    for _ in range(ROUNDS):
        turns = [[_seconds(work) for work in works] for _ in range(REPEATS)]
        plain, decoded, read = (statistics.median(times) for times in zip(*turns, strict=True))
        decoding.append(decoded / plain)
        reading.append(read / plain)
    return decoding, reading


async def main() -> None:
    """Measure a page with every attribute, and one as the bot asks for it."""
    for has_every_field, name in ((True, "every attribute"), (False, "what the bot asks for")):
        body = await fetch_page(has_every_field=has_every_field)
        size = f"{name}, {len(body) / 1e6:.2f} MB"
        decoding, reading = _measure(body)
        report(f"decoding a page / json.loads ({size})", decoding, at_most=0.6)
        # Less to skip makes `json.loads` cheaper and leaves the records as they are: no goal.
        at_most = 1.0 if has_every_field else None
        report(f"decoding with core's records / json.loads ({size})", reading, at_most=at_most)


if __name__ == "__main__":
    asyncio.run(main())
