"""One pass over all members of a campaign: read every page, write, mark who is missing."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from core.errors import BotError, CursorExpired, TemporaryError
from core.feed import Feed
from core.members import Member
from core.ports import Clock, MembersPage, Patreon
from core.store import Store, StoredCampaign
from core.update import Tally, remove_members, update_members

CHUNK = 100
"""Members written in one transaction: small, so that a webhook never waits long."""

MOST_PAGES = 5_000
MOST_RESTARTS = 3
BASELINE_TOLERANCE = 0.02
"""How much of the total a list that ended may lack and still be a baseline."""

MOST_CONFIRMED = 25
"""Up to this many missing members are asked for one by one before they count as gone."""

LARGEST_SHRINK = 0.1
"""More than this share of a campaign missing at once is taken for a fault, not for news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sync is; `total` is None while Patreon has not said it."""

    campaign_name: str
    tally: Tally
    total: int | None


Report = Callable[[Progress], Awaitable[None]]
"""Told after every page; slow ones slow the sync down."""


class IncompleteError(TemporaryError):
    """A pass over the members did not see them all; nobody was marked as gone.

    `was_listed`: Patreon's list came to its regular end, and what it lacks is too little to
    call the rest untrue.
    """

    def __init__(self, message: str, tally: Tally, *, was_listed: bool = False) -> None:
        super().__init__(message)
        self.tally = tally
        self.was_listed = was_listed


class MembersPass:
    """One pass over all members of a campaign."""

    def __init__(
        self, store: Store, api: Patreon, feed: Feed, clock: Clock, stored: StoredCampaign
    ) -> None:
        self._store = store
        self._api = api
        self._feed = feed
        self._clock = clock
        self._stored = stored
        self._seen = _Rows()
        self._tally = Tally()
        self._total: int | None = None

    async def run(self, report: Report) -> Tally:
        """Read every page, write what changed, then mark who is missing."""
        for restarts_left in reversed(range(MOST_RESTARTS)):
            started = self._clock()
            self._seen, self._total = _Rows(), None
            try:
                await self._read_all(report)
                await self._remove_missing(started)
            except CursorExpired as error:
                if not restarts_left:
                    raise IncompleteError(str(error), self._tally) from error
            except IncompleteError:
                raise
            except BotError as error:
                raise IncompleteError(str(error), self._tally) from error
            else:
                break
        return self._tally

    async def _read_all(self, report: Report) -> None:
        async with aclosing(_pages(self._api, self._stored.campaign.id)) as pages:
            async for page in pages:
                self._total = page.total if page.total is not None else self._total
                before = self._seen.count
                await self._write(page)
                await report(
                    Progress(
                        campaign_name=self._stored.campaign.name,
                        tally=self._tally,
                        total=self._total,
                    )
                )
                if page.members and self._seen.count == before:
                    # Only members of earlier pages: the last page repeats under new cursors.
                    return

    async def _write(self, page: MembersPage) -> None:
        if page.tiers:
            async with self._store.write() as work:
                known = await work.campaigns.tiers(self._stored.campaign.id)
                await work.campaigns.save_tiers([t for t in page.tiers if known.get(t.id) != t])
        for start in range(0, len(page.members), CHUNK):
            async with self._store.write() as work:
                updated = await update_members(
                    work,
                    page.members[start : start + CHUNK],
                    asked_at=page.asked_at,
                    stored=self._stored,
                    feed=self._feed,
                    now=self._clock(),
                )
            self._seen.add(updated.rows)
            tally = self._tally + updated.tally
            # A pass that starts again reads members twice: each counts once.
            others = tally.new + tally.changed + tally.outdated
            self._tally = replace(tally, unchanged=max(self._seen.count - others, 0))

    async def _remove_missing(self, started: datetime) -> None:
        async with self._store.read() as work:
            present = await work.members.count_present(self._stored.campaign.id)
        if self._total is not None and self._seen.count < self._total:
            raise IncompleteError(
                f"Patreon listed {self._seen.count} of {self._total} members; "
                "nobody was marked as gone.",
                self._tally,
                was_listed=self._total - self._seen.count
                <= max(3, self._total * BASELINE_TOLERANCE),
            )
        missing = [member_id async for member_id in self._missing(started)]
        is_small = len(missing) <= MOST_CONFIRMED
        is_believable = self._total is not None and len(missing) <= present * LARGEST_SHRINK
        if not (is_small or is_believable):
            raise IncompleteError(
                f"{len(missing)} of {present} members are missing from Patreon's list, too many "
                "to believe; nobody was marked as gone.",
                self._tally,
                was_listed=True,
            )
        if is_small:
            missing = [i for i in missing if await self._api.member(i) is None]
        for start in range(0, len(missing), CHUNK):
            await self._remove(missing[start : start + CHUNK], started)

    async def _missing(self, started: datetime) -> AsyncIterator[str]:
        """Give the ids of stored members that no page of this pass named."""
        row = 0
        while True:
            async with self._store.read() as work:
                batch = await work.members.present_after(self._stored.campaign.id, row, limit=1_000)
            if not batch:
                return
            row = batch[-1][0]
            for number, member_id, seen_at in batch:
                if seen_at <= started and number not in self._seen:
                    yield member_id

    async def _remove(self, member_ids: Sequence[str], started: datetime) -> None:
        async with self._store.write() as work:
            members: list[Member] = list((await work.members.load(member_ids)).values())
            self._tally += await remove_members(
                work,
                members,
                asked_at=started,
                stored=self._stored,
                feed=self._feed,
                now=self._clock(),
            )


async def _pages(api: Patreon, campaign_id: str) -> AsyncGenerator[MembersPage, None]:
    """Give all pages, fetching the next one while the caller writes this one."""
    cursors: set[str] = set()
    fetch = asyncio.create_task(api.members_page(campaign_id))
    try:
        for _ in range(MOST_PAGES):
            page = await fetch
            cursor = page.next_cursor
            if cursor is None:
                yield page
                return
            if cursor in cursors:
                raise TemporaryError("Patreon's list of members runs in a circle.")
            cursors.add(cursor)
            fetch = asyncio.create_task(api.members_page(campaign_id, cursor=cursor))
            yield page
        raise TemporaryError("Patreon's list of members does not end.")
    finally:
        fetch.cancel()
        await asyncio.gather(fetch, return_exceptions=True)


class _Rows:
    """A set of row numbers, an eighth of a byte each."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self.count = 0

    def add(self, rows: Sequence[int]) -> None:
        """Put rows in."""
        for row in rows:
            index, bit = row >> 3, 1 << (row & 7)
            if index >= len(self._bits):
                self._bits.extend(bytes(index + 1 - len(self._bits) + 4_096))
            if not self._bits[index] & bit:
                self._bits[index] |= bit
                self.count += 1

    def __contains__(self, row: int) -> bool:
        index = row >> 3
        return index < len(self._bits) and bool(self._bits[index] & (1 << (row & 7)))
