"""Sync: bring the local copy of a campaign up to date with Patreon."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.errors import BotError, TemporaryError, UserError
from core.feed import Feed
from core.members_pass import IncompleteError, MembersPass, Progress, Report
from core.ports import CampaignRead, Clock, Patreon, PatreonOf
from core.roster import not_linked
from core.store import Store, StoredCampaign
from core.update import Tally

log = logging.getLogger(__name__)

MOST_PAGES = 5_000
MOST_POSTS_GONE = 1
"""An empty list of posts is believed when no more than this many were known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """How a sync ended. `failures` are sentences; the parts that did not fail are done.

    `has_all_members`: the list of members was read to its end.
    """

    campaign_id: str
    campaign_name: str
    members: Tally = field(default_factory=Tally)
    tiers: int = 0
    posts_new: int = 0
    posts_changed: int = 0
    posts_gone: int = 0
    is_baseline: bool = False
    has_all_members: bool = False
    failures: tuple[str, ...] = ()
    took: timedelta = timedelta()


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
    ) -> None:
        self._store = store
        self._patreon_of = patreon_of
        self._feed = feed
        self._clock = clock
        self._on_announced = on_announced
        self._on_baseline = on_baseline
        self._running: dict[str, datetime] = {}

    async def of_guild(self, guild_id: int, *, progress: Report = _nobody) -> list[SyncReport]:
        """Sync every campaign that the guild follows, one after another.

        Raises:
            UserError: the guild follows none, or one is being synced already.
        """
        async with self._store.read() as work:
            links = await work.links.of_guild(guild_id)
        if not links:
            raise UserError(not_linked(guild_id))
        campaign_ids = list(dict.fromkeys(link.campaign_id for link in links))
        reports: list[SyncReport] = []
        for campaign_id in campaign_ids:
            try:
                reports.append(await self.run(campaign_id, progress=progress))
            except UserError as error:
                if len(campaign_ids) == 1:
                    raise
                reports.append(await self._refused(campaign_id, error))
        return reports

    async def _refused(self, campaign_id: str, error: UserError) -> SyncReport:
        stored = await self._look_up(campaign_id)
        return SyncReport(
            campaign_id=campaign_id,
            campaign_name=stored.campaign.name if stored else campaign_id,
            failures=(str(error),),
        )

    async def discover(self) -> list[str]:
        """Read every creator's identity and campaigns; gives the sentences of what failed."""
        failures: list[str] = []
        async with self._store.read() as work:
            creators = await work.creators.all()
        for creator in creators:
            try:
                await self._discover(creator.id)
            except BotError as error:
                failures.append(str(error))
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
            UserError: it is being synced already, or no connected account owns it.
        """
        if campaign_id in self._running:
            minutes = (self._clock() - self._running[campaign_id]) // timedelta(minutes=1)
            raise UserError(
                "A sync of this campaign is running already; it began "
                f"{f'{minutes} min ago' if minutes > 0 else 'just now'}. "
                "`/patreon status` shows when it is done."
            )
        self._running[campaign_id] = self._clock()
        try:
            return await self._run(campaign_id, progress, beat)
        finally:
            del self._running[campaign_id]

    async def _run(
        self, campaign_id: str, progress: Report, beat: Callable[[], None]
    ) -> SyncReport:
        started = self._clock()
        stored = await self._stored(campaign_id)
        api = self._patreon_of(stored.creator_id)
        failures: list[str] = []

        async def report_page(page: Progress) -> None:
            beat()
            await progress(page)

        tally, tiers, posts = Tally(), 0, (0, 0, 0)
        is_complete = False
        try:
            tiers = await self._sync_tiers(campaign_id, stored.creator_id, api)
        except BotError as error:
            failures.append(f"Tiers: {error}")
        try:
            tally = await MembersPass(self._store, api, self._feed, self._clock, stored).run(
                report_page
            )
            is_complete = True
        except IncompleteError as error:
            tally = error.tally
            is_complete = error.was_listed
            failures.append(f"Members: {error}")
        except BotError as error:
            failures.append(f"Members: {error}")
        try:
            posts = await self._sync_posts(campaign_id, api, beat)
        except BotError as error:
            failures.append(f"Posts: {error}")
        await self._note_end(campaign_id, is_complete=is_complete, failures=failures)
        if tally.announced:
            self._on_announced()
        if is_complete and stored.baseline_at is None:
            self._on_baseline()
        report = SyncReport(
            campaign_id=campaign_id,
            campaign_name=stored.campaign.name,
            members=tally,
            tiers=tiers,
            posts_new=posts[0],
            posts_changed=posts[1],
            posts_gone=posts[2],
            is_baseline=is_complete and stored.baseline_at is None,
            has_all_members=is_complete,
            failures=tuple(failures),
            took=self._clock() - started,
        )
        log.info(
            "campaign synced",
            extra={
                "campaign_id": campaign_id,
                "members": tally.read,
                "new": tally.new,
                "changed": tally.changed,
                "gone": tally.gone,
                "failures": len(failures),
                "seconds": round(report.took.total_seconds(), 3),
            },
        )
        return report

    async def _stored(self, campaign_id: str) -> StoredCampaign:
        stored = await self._look_up(campaign_id)
        if stored is not None:
            return stored
        failures = await self.discover()
        stored = await self._look_up(campaign_id)
        if stored is None:
            why = " ".join(failures) or "None of the connected Patreon accounts owns it."
            raise UserError(f"Campaign {campaign_id} cannot be synced. {why}")
        return stored

    async def _look_up(self, campaign_id: str) -> StoredCampaign | None:
        async with self._store.read() as work:
            return await work.campaigns.get(campaign_id)

    async def _discover(self, creator_id: int) -> None:
        api = self._patreon_of(creator_id)
        identity = await api.identity()
        async with self._store.write() as work:
            await work.creators.set_identity(
                creator_id, patreon_id=identity.patreon_id, name=identity.name
            )
        await self._save_campaigns(creator_id, await api.campaigns())

    async def _sync_tiers(self, campaign_id: str, creator_id: int, api: Patreon) -> int:
        reads = await api.campaigns()
        await self._save_campaigns(creator_id, reads)
        return sum(len(read.tiers) for read in reads if read.campaign.id == campaign_id)

    async def _save_campaigns(self, creator_id: int, reads: Sequence[CampaignRead]) -> None:
        for read in reads:
            async with self._store.write() as work:
                await work.campaigns.save(read.campaign, read.tiers, creator_id=creator_id)

    async def _sync_posts(
        self, campaign_id: str, api: Patreon, beat: Callable[[], None]
    ) -> tuple[int, int, int]:
        # What a webhook adds meanwhile is in no page of this pass, and must not be removed.
        async with self._store.read() as work:
            known = set(await work.posts.ids(campaign_id))
        seen: set[str] = set()
        new = changed = 0
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await api.posts_page(campaign_id, cursor=cursor)
            beat()
            ids = {post.id for post in page.posts}
            if ids and ids <= seen:
                # Only posts of earlier pages: the last page repeats under new cursors.
                break
            seen |= ids
            async with self._store.write() as work:
                counts = await work.posts.save(page.posts)
            new, changed = new + counts[0], changed + counts[1]
            cursor = page.next_cursor
            if cursor is None:
                break
        else:
            raise TemporaryError("Patreon's list of posts does not end; nothing was removed.")
        missing = sorted(known - seen)
        if not seen and len(missing) > MOST_POSTS_GONE:
            raise TemporaryError(f"Patreon listed none of {len(missing)} posts; they were kept.")
        async with self._store.write() as work:
            gone = await work.posts.delete(missing)
        return new, changed, gone

    async def _note_end(
        self, campaign_id: str, *, is_complete: bool, failures: Sequence[str]
    ) -> None:
        async with self._store.write() as work:
            await work.campaigns.note_sync(
                campaign_id,
                at=self._clock(),
                is_complete=is_complete,
                error=" ".join(failures) or None,
            )
