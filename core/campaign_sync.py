"""One sync of one campaign: its tiers, members and posts, part by part."""

import logging
from collections.abc import Callable

from core.brake import Question
from core.braking import Brake
from core.discovery import Discovery
from core.errors import BotError
from core.feed import Feed
from core.image_notes import ImageNotes
from core.members_pass import IncompleteError, MembersPass, Progress, Report
from core.ports import Clock, Patreon
from core.post_feed import SILENT_POST_FEED, PostFeed
from core.posts_pass import PostsPass, PostsTally
from core.steps import step
from core.store import Store, StoredCampaign
from core.sync_report import SyncReport
from core.update import Tally

log = logging.getLogger(__name__)


class CampaignSync:
    """Brings one campaign up to date. A part that fails does not stop the others."""

    def __init__(
        self,
        store: Store,
        api: Patreon,
        feed: Feed,
        discovery: Discovery,
        brake: Brake,
        stored: StoredCampaign,
        *,
        clock: Clock,
        notes: ImageNotes,
        post_feed: PostFeed = SILENT_POST_FEED,
        on_announced: Callable[[], None] = lambda: None,
    ) -> None:
        self._notes = notes
        self._post_feed = post_feed
        self._on_announced = on_announced
        self._store = store
        self._api = api
        self._feed = feed
        self._discovery = discovery
        self._brake = brake
        self._stored = stored
        self._clock = clock
        self._failures: list[str] = []

    async def run(
        self, progress: Report, beat: Callable[[], None], *, confirmed: Question | None
    ) -> SyncReport:
        """Sync every part, note how it ended, and report. `beat` is called after every page."""
        started = self._clock()

        async def report_page(page: Progress) -> None:
            beat()
            await progress(page)

        tiers = await self._tiers()
        tally, question, is_complete = await self._members(report_page, confirmed)
        posts = await self._posts(beat)
        step("sync.ending")
        await self._note_end(is_complete=is_complete)
        step("sync.noted")
        report = SyncReport(
            campaign_id=self._stored.campaign.id,
            campaign_name=self._stored.campaign.name,
            members=tally,
            tiers=tiers,
            posts_new=posts.new,
            posts_changed=posts.changed,
            posts_gone=posts.gone,
            is_baseline=is_complete and self._stored.baseline_at is None,
            has_all_members=is_complete,
            question=question,
            failures=tuple(self._failures),
            took=self._clock() - started,
        )
        _log(report)
        return report

    async def _tiers(self) -> int:
        try:
            return await self._discovery.read_tiers(self._stored, self._api)
        except BotError as error:
            self._failures.append(f"Tiers: {error}")
            return 0

    async def _members(
        self, report: Report, confirmed: Question | None
    ) -> tuple[Tally, Question | None, bool]:
        """Give what the pass came to, what the brake asks, and whether the list was read whole."""
        members = MembersPass(
            self._store,
            self._api,
            self._feed,
            self._clock,
            self._stored,
            brake=self._brake,
            confirmed=confirmed,
            notes=self._notes,
        )
        try:
            return await members.run(report), None, True
        except IncompleteError as error:
            if error.question is None:
                self._failures.append(f"Members: {error}")
            return error.tally, error.question, error.was_listed
        except BotError as error:
            self._failures.append(f"Members: {error}")
            return Tally(), None, False

    async def _posts(self, beat: Callable[[], None]) -> PostsTally:
        posts = PostsPass(
            self._store,
            self._api,
            self._stored,
            clock=self._clock,
            beat=beat,
            notes=self._notes,
            feed=self._post_feed,
            on_announced=self._on_announced,
        )
        tally = await posts.run()
        if tally.trouble:
            self._failures.append(f"Posts: {tally.trouble}")
        return tally

    async def _note_end(self, *, is_complete: bool) -> None:
        async with self._store.write() as work:
            await work.campaigns.note_sync(
                self._stored.campaign.id,
                at=self._clock(),
                is_complete=is_complete,
                error=" ".join(self._failures) or None,
            )


def _log(report: SyncReport) -> None:
    log.info(
        "campaign synced",
        extra={
            "campaign_id": report.campaign_id,
            "members": report.members.read,
            "new": report.members.new,
            "changed": report.members.changed,
            "gone": report.members.gone,
            "failures": len(report.failures),
            "seconds": round(report.took.total_seconds(), 3),
        },
    )
