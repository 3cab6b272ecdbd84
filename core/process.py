"""Processing events: read again whom they are about, and act on the difference."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from core.alarm import Alarm
from core.backoff import Random
from core.errors import PermanentError, TemporaryError
from core.event_ends import BATCH, EventEnds
from core.feed import Feed
from core.image_notes import NO_NOTES, ImageNotes
from core.inbox import Event, Hint, Subject
from core.meters import EVENTS, NO_METERS, Meters
from core.ports import Clock, PatreonOf, ReadHint
from core.post_feed import SILENT_POST_FEED, PostFeed
from core.post_update import update_post
from core.steps import step
from core.store import Store, StoredCampaign
from core.sync import Sync
from core.update import remove_members, save_tiers, update_members

LEASE = timedelta(minutes=2)
MOST_AT_ONCE = 10_000
"""Events taken up together: what Patreon kept for a week ends in one sync, not in dozens."""

WAIT_FOR_BASELINE = timedelta(seconds=5)
READ_AGAIN_AFTER = timedelta(seconds=1)
"""When a reading that somebody else's overtook is repeated."""

ASK_AT_ONCE = 8
SYNC_ABOVE = 40
"""With more members than this to read, one sync of the campaign costs fewer requests."""


@dataclass(frozen=True, slots=True)
class _Target:
    campaign_id: str | None
    subject: Subject
    id: str


class Processor:
    """Works through the inbox. Every event may be processed again without harm."""

    def __init__(
        self,
        store: Store,
        patreon_of: PatreonOf,
        sync: Sync,
        feed: Feed,
        *,
        read_hint: ReadHint,
        clock: Clock,
        random: Random,
        alarm: Alarm,
        on_announced: Callable[[], None],
        meters: Meters = NO_METERS,
        notes: ImageNotes = NO_NOTES,
        posts: PostFeed = SILENT_POST_FEED,
    ) -> None:
        self._notes = notes
        self._posts = posts
        self._meters = meters
        self._store = store
        self._patreon_of = patreon_of
        self._sync = sync
        self._feed = feed
        self._read_hint = read_hint
        self._clock = clock
        self._ends = EventEnds(store, clock=clock, random=random, meters=meters)
        self._alarm = alarm
        self._on_announced = on_announced

    async def run(self) -> None:
        """Process events as they come, for good."""
        while True:
            self._alarm.go_on()
            await self.process_due()
            async with self._store.read() as work:
                next_due = await work.events.next_due()
            await self._alarm.wait(next_due)

    async def process_due(self) -> int:
        """Process the events that are due; gives how many were taken."""
        groups: dict[_Target, list[Event]] = defaultdict(list)
        nothing: dict[Hint, list[Event]] = defaultdict(list)
        taken = 0
        campaigns: Sequence[StoredCampaign] = ()
        async for batch, known in self._claim():
            taken += len(batch)
            campaigns = known
            for event in batch:
                hint = self._read_hint(event.trigger, event.body)
                # Thousands may be in hand, and a body has said all that it can say.
                kept = replace(event, body=b"")
                if hint.subject is Subject.NOTHING:
                    nothing[hint].append(kept)
                else:
                    groups[_target(event, hint)].append(kept)
        for hint, events in nothing.items():
            await (self._ends.park if hint.is_unreadable else self._ends.finish)(
                events, hint.reason
            )
        await self._process_groups(groups, campaigns)
        return taken

    async def _claim(self) -> AsyncIterator[tuple[Sequence[Event], Sequence[StoredCampaign]]]:
        """Take what is due, some at a time, each time with the campaigns as they are then."""
        for _ in range(MOST_AT_ONCE // BATCH):
            async with self._store.write() as work:
                batch = await work.events.claim_due(self._clock(), lease=LEASE, limit=BATCH)
                campaigns = await work.campaigns.all() if batch else ()
            self._alarm.pulse.beat()
            if batch:
                step("process.claimed")
                yield batch, campaigns
            if len(batch) < BATCH:
                return

    async def _process_groups(
        self, groups: Mapping[_Target, Sequence[Event]], campaigns: Sequence[StoredCampaign]
    ) -> None:
        by_campaign: dict[str | None, list[_Target]] = defaultdict(list)
        for target in groups:
            by_campaign[target.campaign_id].append(target)
        known: Sequence[StoredCampaign] | None = campaigns
        for campaign_id, targets in by_campaign.items():
            events = [event for target in targets for event in groups[target]]
            found = campaign_id
            try:
                # Working on the one before may have taken minutes.
                stored = _campaign(campaign_id, await self._campaigns() if known is None else known)
                known = None
                found = stored.campaign.id if stored else campaign_id
                if stored is None:
                    reason = f"campaign {campaign_id} is not connected"
                    await self._ends.wait_or_finish(events, reason, campaign_id)
                elif stored.baseline_at is None:
                    reason = "waits for the first sync"
                    await self._ends.put_off(
                        events, WAIT_FOR_BASELINE, reason, found, is_attempt=False
                    )
                else:
                    await self._process_campaign(stored, {t: groups[t] for t in targets})
            except Exception as error:  # noqa: BLE001  the door: no event may stop the others
                await self._ends.failed(events, error, found)
            self._alarm.pulse.beat()

    async def _process_campaign(
        self, stored: StoredCampaign, groups: Mapping[_Target, Sequence[Event]]
    ) -> None:
        members = {t: e for t, e in groups.items() if t.subject is Subject.MEMBER}
        posts = {t: e for t, e in groups.items() if t.subject is Subject.POST}
        if len(members) > SYNC_ABOVE:
            await self._process_by_sync(stored, [e for batch in members.values() for e in batch])
        else:
            await self._process_one_by_one(stored, members)
        await self._process_one_by_one(stored, posts)

    async def _campaigns(self) -> Sequence[StoredCampaign]:
        async with self._store.read() as work:
            return await work.campaigns.all()

    async def _process_by_sync(self, stored: StoredCampaign, events: Sequence[Event]) -> None:
        report = await self._sync.run(stored.campaign.id, beat=self._alarm.pulse.beat)
        if not report.has_all_members:
            raise TemporaryError(" ".join(report.failures))
        # All of them were stored before the sync asked Patreon, whatever their times say.
        await self._ends.finish(events, "synced", stored.campaign.id)

    async def _process_one_by_one(
        self, stored: StoredCampaign, groups: Mapping[_Target, Sequence[Event]]
    ) -> None:
        gate = asyncio.Semaphore(ASK_AT_ONCE)

        async def process(target: _Target, events: Sequence[Event]) -> None:
            async with gate:
                try:
                    if target.subject is Subject.MEMBER:
                        await self._process_member(stored, target.id, events)
                    else:
                        await self._process_post(stored, target.id, events)
                except Exception as error:  # noqa: BLE001  the door: no event may stop the others
                    await self._ends.failed(events, error, stored.campaign.id)
                self._alarm.pulse.beat()

        await asyncio.gather(*(process(target, events) for target, events in groups.items()))

    async def _process_member(
        self, stored: StoredCampaign, member_id: str, events: Sequence[Event]
    ) -> None:
        asked_at = self._clock()
        read = await self._patreon_of(stored.creator_id).member(member_id)
        step("process.read")
        has_pictures = False
        async with self._store.write() as work:
            now = self._clock()
            if read is None:
                known = list((await work.members.load([member_id])).values())
                tally = await remove_members(
                    work, known, asked_at=asked_at, stored=stored, feed=self._feed, now=now
                )
            elif read.member.campaign_id != stored.campaign.id:
                raise PermanentError(f"Member {member_id} belongs to another campaign.")
            else:
                tiers = await save_tiers(work, read.tiers, campaign_id=stored.campaign.id)
                updated = await update_members(
                    work,
                    [(read.member, read.fingerprint)],
                    asked_at=read.asked_at,
                    stored=stored,
                    feed=self._feed,
                    now=now,
                    tiers=tiers,
                )
                tally = updated.tally
                avatars = {member.id: read.avatar for member in updated.saved if read.avatar}
                has_pictures = await self._notes.see_avatars(work, stored.campaign.id, avatars)
                if tally.unchanged:
                    await work.members.touch([member_id], seen_at=now)
            ids = [event.id for event in events]
            if tally.outdated:
                await work.events.retry(
                    ids,
                    due_at=now + READ_AGAIN_AFTER,
                    reason="was read at the same time as a list of members",
                    campaign_id=stored.campaign.id,
                    is_attempt=False,
                )
            else:
                note = f"{tally.announced} announced" if tally.announced else "nothing new"
                await work.events.finish(ids, at=now, note=note, campaign_id=stored.campaign.id)
                if tally.forgotten:
                    await work.letters.empty(ids, at=now)
            step("process.saved")
        step("process.committed")
        self._meters.count(EVENTS, "put_off" if tally.outdated else "done", len(events))
        if tally.announced:
            self._on_announced()
        if has_pictures:
            self._notes.ring()

    async def _process_post(
        self, stored: StoredCampaign, post_id: str, events: Sequence[Event]
    ) -> None:
        asked_at = self._clock()
        post = await self._patreon_of(stored.creator_id).post(post_id)
        step("process.read")
        ids = [event.id for event in events]
        async with self._store.write() as work:
            updated = await update_post(
                work,
                post_id,
                post,
                asked_at=asked_at,
                stored=stored,
                feed=self._posts,
                now=self._clock(),
            )
            await self._notes.see_posts(work, updated.saved)
            await self._notes.forget_posts(work, stored.campaign.id, updated.forgotten)
            if updated.outdated:
                await work.events.retry(
                    ids,
                    due_at=self._clock() + READ_AGAIN_AFTER,
                    reason="was read at the same time as a list of posts",
                    campaign_id=stored.campaign.id,
                    is_attempt=False,
                )
            else:
                await work.events.finish(
                    ids,
                    at=self._clock(),
                    note=updated.note,
                    campaign_id=stored.campaign.id,
                )
            step("process.saved")
        step("process.committed")
        self._meters.count(EVENTS, "put_off" if updated.outdated else "done", len(events))
        if updated.messages:
            self._on_announced()
        self._notes.ring()


def _target(event: Event, hint: Hint) -> _Target:
    return _Target(hint.campaign_id or event.campaign_id, hint.subject, hint.id)


def _campaign(campaign_id: str | None, every: Sequence[StoredCampaign]) -> StoredCampaign | None:
    """Find the campaign that events are of, None when it is not connected.

    Raises:
        TemporaryError: no campaign is known at all.
    """
    if not every:
        raise TemporaryError("No campaign has been read from Patreon yet.")
    if campaign_id is None:
        # A body without a campaign can only mean the only one there is; with several, the next
        # sync finds what it was about.
        return every[0] if len(every) == 1 else None
    return next((stored for stored in every if stored.campaign.id == campaign_id), None)
