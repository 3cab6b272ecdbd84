"""Sync: bring the local copy of a campaign up to date with Patreon."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.audit import AuditEntry
from core.brake import USUAL_POLICY, BrakePolicy, Choice, Presser, Question
from core.braking import Brake
from core.campaign_sync import CampaignSync
from core.discovery import Discovery
from core.errors import UserError
from core.feed import Feed
from core.image_notes import NO_NOTES, ImageNotes
from core.members_pass import Progress, Report
from core.meters import NO_METERS, SYNCS, Meters
from core.ports import Clock, PatreonOf
from core.post_feed import SILENT_POST_FEED, PostFeed
from core.roster import not_linked
from core.steps import step
from core.store import Store
from core.sync_report import SyncReport

LONGEST_WATCH = timedelta(minutes=14)
"""How long somebody watches the sync that another one began."""


class AlreadyRunning(UserError):  # noqa: N818  the name says what was found
    """The campaign is being synced already."""


@dataclass(slots=True)
class _Run:
    """A sync under way: when it began, who watches, and its end."""

    began_at: datetime
    watchers: list[Report] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def report(self, progress: Progress) -> None:
        for watcher in tuple(self.watchers):
            await watcher(progress)


async def _nobody(progress: Progress) -> None:
    """Report to nobody."""


def _unwatched() -> None:
    """Beat for nobody."""


class Sync:
    """Syncs campaigns, each at most once at a time."""

    def __init__(
        self,
        store: Store,
        patreon_of: PatreonOf,
        feed: Feed,
        *,
        clock: Clock,
        on_announced: Callable[[], None],
        on_baseline: Callable[[], None],
        brake: BrakePolicy = USUAL_POLICY,
        meters: Meters = NO_METERS,
        notes: ImageNotes = NO_NOTES,
        posts: PostFeed = SILENT_POST_FEED,
    ) -> None:
        self._posts = posts
        self._meters = meters
        self._notes = notes
        self._store = store
        self._patreon_of = patreon_of
        self._feed = feed
        self._clock = clock
        self._on_announced = on_announced
        self._on_baseline = on_baseline
        self._brake = Brake(store, brake, clock=clock, on_announced=on_announced)
        self._discovery = Discovery(store, patreon_of, notes)
        self._running: dict[str, _Run] = {}

    async def of_guild(
        self,
        guild_id: int,
        *,
        user_id: int | None = None,
        only: str | None = None,
        progress: Report = _nobody,
    ) -> list[SyncReport]:
        """Sync every campaign that the guild follows, or `only` one, one after another.

        `user_id` is who asked for it; without one, the audit does not tell of it.

        Raises:
            AlreadyRunning: the only one is being synced.
            UserError: the guild follows none.
        """
        async with self._store.read() as work:
            links = await work.links.of_guild(guild_id)
        links = [link for link in links if only in (None, link.campaign_id)]
        if not links:
            raise UserError(not_linked())
        campaign_ids = list(dict.fromkeys(link.campaign_id for link in links))
        if user_id is not None:
            await self._note(guild_id, user_id, campaign_ids)
        reports: list[SyncReport] = []
        for campaign_id in campaign_ids:
            try:
                reports.append(await self.run(campaign_id, progress=progress))
            except UserError as error:
                if len(campaign_ids) == 1:
                    raise
                reports.append(await self._refused(campaign_id, error))
        return reports

    async def _note(self, guild_id: int, user_id: int, campaign_ids: Sequence[str]) -> None:
        entry = AuditEntry(
            at=self._clock(),
            guild_id=guild_id,
            user_id=user_id,
            action="sync.started",
            detail=f"Campaign {', '.join(campaign_ids)}.",
        )
        async with self._store.write() as work:
            await work.audit.add(entry)

    async def _refused(self, campaign_id: str, error: UserError) -> SyncReport:
        stored = await self._discovery.look_up(campaign_id)
        return SyncReport(
            campaign_id=campaign_id,
            campaign_name=stored.campaign.name if stored else campaign_id,
            failures=(str(error),),
        )

    async def discover(self) -> list[str]:
        """Read every creator's identity and campaigns; gives the sentences of what failed."""
        failures = await self._discovery.discover()
        step("sync.discovered")
        return failures

    async def run(
        self,
        campaign_id: str,
        *,
        progress: Report = _nobody,
        beat: Callable[[], None] = _unwatched,
    ) -> SyncReport:
        """Sync one campaign: its tiers, members and posts.

        A part that fails does not stop the others. Safe to repeat at any time. `beat` is called
        after every page.

        Raises:
            AlreadyRunning: it is being synced.
            UserError: no connected account owns it.
        """
        with self._alone(campaign_id, progress) as run:
            return await self._run(campaign_id, run.report, beat, confirmed=None)

    def is_running(self, campaign_id: str) -> bool:
        """Tell whether this process syncs a campaign at the moment."""
        return campaign_id in self._running

    async def watch(self, campaign_id: str, progress: Report) -> bool:
        """Follow a sync that somebody else began, to its end or for `LONGEST_WATCH`.

        Tells whether none is under way (any more). `progress` must not raise.
        """
        run = self._running.get(campaign_id)
        if run is None:
            return True
        run.watchers.append(progress)
        try:
            async with asyncio.timeout(LONGEST_WATCH.total_seconds()):
                await run.ended.wait()
        except TimeoutError:
            return False
        finally:
            run.watchers.remove(progress)
        return True

    async def apply_removals(
        self,
        campaign_id: str,
        *,
        by: Presser,
        version: str | None = None,
        progress: Report = _nobody,
    ) -> SyncReport:
        """Answer the brake's question with "they really left": sync, and let them go.

        The list is read anew. At most as many members as were asked about are marked as gone,
        besides what a sync may always take away of the others. A pass that does not come to its
        end removes nobody, and the question is asked again. `version` None: the latest question.

        Raises:
            UserError: a sync runs, the question is not open, or somebody was faster.
        """
        with self._alone(campaign_id, progress) as run:
            asked = await self._brake.answer(campaign_id, version, Choice.APPLY, by)
            report = await self._run(campaign_id, run.report, _unwatched, confirmed=asked)
            again = await self._brake.reopen(
                campaign_id, asked.version, trouble=" ".join(report.failures)
            )
            return replace(report, question=again or report.question)

    async def keep_members(self, campaign_id: str, *, by: Presser, version: str) -> Question:
        """Answer the brake's question with "the list is wrong": everybody stays.

        Raises:
            UserError: the question is not open, or somebody was faster.
        """
        return await self._brake.answer(campaign_id, version, Choice.KEEP, by)

    @contextmanager
    def _alone(self, campaign_id: str, progress: Report) -> Iterator[_Run]:
        if campaign_id in self._running:
            began_at = self._running[campaign_id].began_at
            minutes = (self._clock() - began_at) // timedelta(minutes=1)
            raise AlreadyRunning(
                "A sync of this campaign is running already; it began "
                f"{f'{minutes} min ago' if minutes > 0 else 'just now'}. "
                "`/patreon status` shows when it is done."
            )
        run = self._running[campaign_id] = _Run(self._clock(), [progress])
        try:
            yield run
        finally:
            del self._running[campaign_id]
            run.ended.set()

    async def _run(
        self,
        campaign_id: str,
        progress: Report,
        beat: Callable[[], None],
        *,
        confirmed: Question | None,
    ) -> SyncReport:
        stored = await self._discovery.find(campaign_id)
        parts = CampaignSync(
            self._store,
            self._patreon_of(stored.creator_id),
            self._feed,
            self._discovery,
            self._brake,
            stored,
            clock=self._clock,
            notes=self._notes,
            post_feed=self._posts,
            on_announced=self._on_announced,
        )
        report = await parts.run(progress, beat, confirmed=confirmed)
        self._meters.count(SYNCS, "in_part" if report.failures else "complete")
        if report.members.announced:
            self._on_announced()
        if report.is_baseline:
            self._on_baseline()
        return report
