"""One pass over all members of a campaign: read every page, write, mark who is missing."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from core.brake import Question
from core.braking import Brake
from core.errors import BotError, CursorExpired, TemporaryError
from core.feed import Feed
from core.image_notes import NO_NOTES, ImageNotes
from core.images import ImageKind
from core.members import Member, Tier
from core.members_list import Rows, read_pages
from core.ports import Clock, MembersPage, Patreon
from core.steps import step
from core.store import Store, StoredCampaign, Work
from core.update import CLOCKS_DIFFER, Tally, remove_members, update_members

CHUNK = 200
SMALL_CHUNK = 25
"""Members written in one transaction, and how many while webhooks come in, so that none waits long.

Every transaction costs a millisecond or so by itself.
"""

MOST_RESTARTS = 3
BASELINE_TOLERANCE = 0.02
"""How much of the total a list that ended may lack and still be a baseline."""

MOST_CONFIRMED = 25
"""Up to this many missing members are asked for one by one before they count as gone."""


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
    call the rest untrue. `question` is the brake's, when it stopped the pass.
    """

    def __init__(
        self,
        message: str,
        tally: Tally,
        *,
        was_listed: bool = False,
        question: Question | None = None,
    ) -> None:
        super().__init__(message)
        self.tally = tally
        self.was_listed = was_listed
        self.question = question


@dataclass(frozen=True, slots=True, kw_only=True)
class _Missing:
    """Who is in no page: how many, a digest of their ids, and the ids when they are few."""

    count: int
    digest: str
    few: tuple[str, ...]


class MembersPass:
    """One pass over all members of a campaign.

    `confirmed` is a question whose answer `APPLY` this pass carries out.
    """

    def __init__(
        self,
        store: Store,
        api: Patreon,
        feed: Feed,
        clock: Clock,
        stored: StoredCampaign,
        *,
        brake: Brake,
        confirmed: Question | None = None,
        notes: ImageNotes = NO_NOTES,
    ) -> None:
        self._notes = notes
        self._has_avatars = False
        self._store = store
        self._api = api
        self._feed = feed
        self._clock = clock
        self._stored = stored
        self._brake = brake
        self._confirmed = confirmed
        self._seen = Rows()
        self._tally = Tally()
        self._tiers: dict[str, Tier] = {}
        self._total: int | None = None

    async def run(self, report: Report) -> Tally:
        """Read every page, write what changed, then mark who is missing."""
        for restarts_left in reversed(range(MOST_RESTARTS)):
            started = self._clock()
            self._seen, self._total = Rows(), None
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
        async with self._store.read() as work:
            self._has_avatars = await work.images.has(ImageKind.USER, self._stored.campaign.id)
        async with aclosing(read_pages(self._api, self._stored.campaign.id)) as pages:
            async for page in pages:
                step("sync.fetched")
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
                if page.members.fingerprints and self._seen.count == before:
                    # Only members of earlier pages: the last page repeats under new cursors.
                    return

    async def _write(self, page: MembersPage) -> None:
        # Most pages bring the same tiers as those before.
        if read := [tier for tier in page.tiers if self._tiers.get(tier.id) != tier]:
            async with self._store.write() as work:
                known = await work.campaigns.tiers(self._stored.campaign.id)
                whole = [tier.completed(known.get(tier.id)) for tier in read]
                await work.campaigns.save_tiers([t for t in whole if known.get(t.id) != t])
            self._tiers |= {tier.id: tier for tier in read}
        unknown = await self._pass_over_unchanged(page)
        start = 0
        while chunk := unknown[start : start + self._chunk]:
            start += len(chunk)
            readings = page.members.read(chunk)
            async with self._store.write() as work:
                updated = await update_members(
                    work,
                    readings,
                    asked_at=page.asked_at,
                    stored=self._stored,
                    feed=self._feed,
                    now=self._clock(),
                )
                if self._stored.baseline_at is not None:
                    await self._note_avatars(work, page, updated.saved)
                step("sync.written")
            step("sync.committed")
            self._count(updated.rows, updated.tally)
        if self._has_avatars:
            await self._note_changed_avatars(page)

    async def _note_avatars(self, work: Work, page: MembersPage, members: Sequence[Member]) -> None:
        """Note the pictures of members who are news; before the baseline, nobody is."""
        avatars = _avatars(page, [member.id for member in members])
        await self._notes.see_avatars(work, self._stored.campaign.id, avatars)

    async def _note_changed_avatars(self, page: MembersPage) -> None:
        """Note new pictures of members whose old one is kept: nothing else of them has changed."""
        async with self._store.read() as work:
            kept = await work.images.whole(ImageKind.USER, list(page.members.fingerprints))
        if avatars := _avatars(page, kept):
            async with self._store.write() as work:
                await self._notes.see_changed_avatars(work, self._stored.campaign.id, avatars)

    async def _pass_over_unchanged(self, page: MembersPage) -> list[str]:
        """Give the ids of members that may have to be written; most pages have none."""
        fingerprints = page.members.fingerprints
        async with self._store.read() as work:
            unchanged = await work.members.unchanged(fingerprints, asked_at=page.asked_at)
        self._count(unchanged.values(), Tally(unchanged=len(unchanged)))
        # Neighbours in the index of the ids are written together, which saves a quarter of it all.
        return sorted(fingerprints.keys() - unchanged.keys())

    @property
    def _chunk(self) -> int:
        return SMALL_CHUNK if self._store.has_deliveries_coming else CHUNK

    def _count(self, rows: Iterable[int], tally: Tally) -> None:
        self._seen.add(rows)
        tally = self._tally + tally
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
        missing = await self._count_missing(started)
        if missing.count <= MOST_CONFIRMED:
            confirmed = [i for i in missing.few if await self._api.member(i) is None]
            await self._remove(confirmed, started)
        else:
            await self._check_brake(missing, present)
            await self._remove_all_missing(started)
        await self._brake.settle(self._stored, confirmed=self._confirmed, gone=self._tally.gone)

    async def _check_brake(self, missing: _Missing, present: int) -> None:
        """Stop the pass when so many missing members need a person's word, or have one."""
        if self._total is None:
            raise IncompleteError(
                f"{missing.count} of {present} members are missing from Patreon's list, and it "
                "does not say how long it is; nobody was marked as gone.",
                self._tally,
                was_listed=True,
            )
        question = await self._brake.weigh(
            self._stored,
            missing=missing.count,
            present=present,
            digest=missing.digest,
            confirmed=self._confirmed,
        )
        if question is not None:
            raise IncompleteError(
                f"{missing.count} of {present} members are missing from Patreon's list; nobody "
                "was marked as gone.",
                self._tally,
                was_listed=True,
                question=question,
            )

    async def _count_missing(self, started: datetime) -> _Missing:
        count, digest = 0, sha256()
        few: list[str] = []
        async for member_id in self._missing(started):
            count += 1
            digest.update(f"{member_id}\n".encode())
            if len(few) < MOST_CONFIRMED:
                few.append(member_id)
        return _Missing(count=count, digest=digest.hexdigest(), few=tuple(few))

    async def _remove_all_missing(self, started: datetime) -> None:
        chunk: list[str] = []
        async for member_id in self._missing(started):
            chunk.append(member_id)
            if len(chunk) == CHUNK:
                await self._remove(chunk, started)
                chunk = []
        await self._remove(chunk, started)

    async def _missing(self, started: datetime) -> AsyncIterator[str]:
        """Give the ids of stored members that no page of this pass named."""
        row = 0
        while True:
            async with self._store.read() as work:
                batch = await work.members.present_after(
                    self._stored.campaign.id, row, limit=1_000, besides=self._seen
                )
            if not batch:
                return
            row = batch[-1][0]
            wrong = self._clock() + CLOCKS_DIFFER
            for _, member_id, seen_at in batch:
                # What was saved since the pass began is newer, unless a wrong clock says so.
                is_older = seen_at <= started or seen_at > wrong
                if is_older:
                    yield member_id

    async def _remove(self, member_ids: Sequence[str], started: datetime) -> None:
        if not member_ids:
            return
        step("sync.missing")
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
            step("sync.marked")
        step("sync.removed")


def _avatars(page: MembersPage, member_ids: Iterable[str]) -> dict[str, str]:
    """Give the addresses of those members' pictures who have one."""
    found = {member_id: page.members.avatar(member_id) for member_id in member_ids}
    return {member_id: address for member_id, address in found.items() if address}
