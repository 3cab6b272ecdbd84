"""Processing events: read again whom they are about, and act on the difference."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.alarm import Alarm
from core.backoff import Random, delay
from core.errors import BotError, PermanentError, TemporaryError, TokenBroken, UserError
from core.feed import Feed
from core.inbox import Event, Hint, Subject
from core.ports import Clock, PatreonOf, ReadHint
from core.steps import step
from core.store import Store, StoredCampaign
from core.sync import Sync
from core.update import remove_members, update_members

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
BATCH = 200
MOST_ATTEMPTS = 10
"""After so many attempts an event that fails by itself is set aside for a person."""

WAIT_FOR_BASELINE = timedelta(seconds=5)
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
    ) -> None:
        self._store = store
        self._patreon_of = patreon_of
        self._sync = sync
        self._feed = feed
        self._read_hint = read_hint
        self._clock = clock
        self._random = random
        self._alarm = alarm
        self._on_announced = on_announced

    async def run(self) -> None:
        """Process events as they come, for good."""
        while True:
            if await self.process_due():
                continue
            async with self._store.read() as work:
                next_due = await work.events.next_due()
            await self._alarm.wait(next_due)

    async def process_due(self) -> int:
        """Process one batch of due events; gives how many were taken."""
        async with self._store.write() as work:
            events = await work.events.claim_due(self._clock(), lease=LEASE, limit=BATCH)
        if not events:
            return 0
        step("process.claimed")
        groups: dict[_Target, list[Event]] = defaultdict(list)
        nothing: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            hint = self._read_hint(event.trigger, event.body)
            if hint.subject is Subject.NOTHING:
                nothing[hint.reason].append(event)
            else:
                groups[_target(event, hint)].append(event)
        for reason, batch in nothing.items():
            await self._finish(batch, reason)
        await self._process_groups(groups)
        return len(events)

    async def _process_groups(self, groups: Mapping[_Target, Sequence[Event]]) -> None:
        by_campaign: dict[str | None, list[_Target]] = defaultdict(list)
        for target in groups:
            by_campaign[target.campaign_id].append(target)
        for campaign_id, targets in by_campaign.items():
            events = [event for target in targets for event in groups[target]]
            try:
                stored = await self._campaign(campaign_id)
                if stored is None:
                    await self._finish(events, f"campaign {campaign_id} is not connected")
                elif stored.baseline_at is None:
                    await self._put_off(events, WAIT_FOR_BASELINE, "waits for the first sync")
                elif len(targets) > SYNC_ABOVE:
                    await self._process_by_sync(stored, events)
                else:
                    await self._process_one_by_one(stored, {t: groups[t] for t in targets})
            except Exception as error:  # noqa: BLE001  the door: no event may stop the others
                await self._failed(events, error)

    async def _campaign(self, campaign_id: str | None) -> StoredCampaign | None:
        async with self._store.read() as work:
            if campaign_id is not None:
                stored = await work.campaigns.get(campaign_id)
                if stored is not None:
                    return stored
            every_campaign = await work.campaigns.all()
        if not every_campaign:
            raise TemporaryError("No campaign has been read from Patreon yet.")
        # A body without a campaign can only mean the only one there is.
        return every_campaign[0] if campaign_id is None and len(every_campaign) == 1 else None

    async def _process_by_sync(self, stored: StoredCampaign, events: Sequence[Event]) -> None:
        started = self._clock()
        report = await self._sync.run(stored.campaign.id)
        if report.failures:
            raise TemporaryError(" ".join(report.failures))
        await self._finish([e for e in events if e.received_at <= started], "synced")

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
                    await self._failed(events, error)

        await asyncio.gather(*(process(target, events) for target, events in groups.items()))

    async def _process_member(
        self, stored: StoredCampaign, member_id: str, events: Sequence[Event]
    ) -> None:
        asked_at = self._clock()
        read = await self._patreon_of(stored.creator_id).member(member_id)
        step("process.read")
        async with self._store.write() as work:
            if read is None:
                known = list((await work.members.load([member_id])).values())
                tally = await remove_members(
                    work,
                    known,
                    asked_at=asked_at,
                    stored=stored,
                    feed=self._feed,
                    now=self._clock(),
                )
            elif read.member.campaign_id != stored.campaign.id:
                raise PermanentError(f"Member {member_id} belongs to another campaign.")
            else:
                await work.campaigns.save_tiers(read.tiers)
                updated = await update_members(
                    work,
                    [(read.member, read.fingerprint)],
                    asked_at=read.asked_at,
                    stored=stored,
                    feed=self._feed,
                    now=self._clock(),
                )
                tally = updated.tally
                await work.members.touch([member_id], seen_at=read.asked_at)
            note = f"{tally.announced} announced" if tally.announced else "nothing new"
            await work.events.finish([e.id for e in events], at=self._clock(), note=note)
            step("process.saved")
        step("process.committed")
        if tally.announced:
            self._on_announced()

    async def _process_post(
        self, stored: StoredCampaign, post_id: str, events: Sequence[Event]
    ) -> None:
        post = await self._patreon_of(stored.creator_id).post(post_id)
        async with self._store.write() as work:
            if post is None:
                await work.posts.delete(post_id)
            else:
                await work.posts.save([post])
            await work.events.finish([e.id for e in events], at=self._clock(), note="post read")

    async def _finish(self, events: Sequence[Event], note: str) -> None:
        async with self._store.write() as work:
            await work.events.finish([e.id for e in events], at=self._clock(), note=note)

    async def _put_off(self, events: Sequence[Event], wait: timedelta, reason: str) -> None:
        async with self._store.write() as work:
            await work.events.retry(
                [e.id for e in events], due_at=self._clock() + wait, reason=reason
            )

    async def _failed(self, events: Sequence[Event], error: Exception) -> None:
        """Keep events whose processing failed: for later, or for a person."""
        attempts = max(event.attempts for event in events)
        if _is_outage(error):
            wait = delay(attempts, random=self._random)
            if isinstance(error, TemporaryError) and error.retry_after is not None:
                wait = max(wait, error.retry_after)
            log.warning("event put off", extra={"events": len(events), "reason": str(error)})
            await self._put_off(events, wait, str(error))
            return
        if not isinstance(error, BotError):
            log.error("event failed", exc_info=error, extra={"events": len(events)})
        reason = str(error) if isinstance(error, BotError) else type(error).__name__
        if attempts < MOST_ATTEMPTS:
            await self._put_off(events, delay(attempts, random=self._random), reason)
            return
        async with self._store.write() as work:
            await work.events.park([event.id for event in events], reason=reason)


def _target(event: Event, hint: Hint) -> _Target:
    return _Target(hint.campaign_id or event.campaign_id, hint.subject, hint.id)


def _is_outage(error: Exception) -> bool:
    """Whether Patreon is away rather than the event at fault: then it waits as long as it takes."""
    return isinstance(error, (TemporaryError, TokenBroken, UserError))
