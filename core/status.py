"""How the bot is doing, as one guild may know it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.accounts import Creator
from core.backups import BackupNote, load_backup
from core.brake import Question, load_question
from core.guilds import Link
from core.inbox import Hook
from core.listing import Totals
from core.missed import Missed, load_missed
from core.ports import Clock, Usage
from core.queues import Backlog
from core.store import Store, StoredCampaign
from core.troubles import OpenTrouble, open_troubles


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStatus:
    """A campaign that the guild follows. `stored` is None until Patreon has told of it.

    `missed` counts changes that a sync found and no webhook told; `troubles` are those that last;
    `question` is the brake's, until nothing depends on it any more.
    """

    link: Link
    stored: StoredCampaign | None
    creator: Creator | None
    hook: Hook | None
    totals: Totals
    posts: int
    missed: Missed = field(default_factory=Missed)
    troubles: tuple[OpenTrouble, ...] = ()
    question: Question | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """Everything `/patreon status` shows. `inbox` and `outbox` are the guild's.

    `inbox` counts waiting events of no known campaign, too; `inbox_elsewhere` counts the rest of
    the bot's, without a word of why. `backup` is None while none was tried; why one failed is told
    to the admin only.
    """

    version: str
    started_at: datetime
    campaigns: tuple[CampaignStatus, ...]
    inbox: Backlog
    outbox: Backlog
    usage: Usage
    last_event_at: datetime | None
    has_configured_secret: bool
    creators: tuple[Creator, ...] = ()
    inbox_elsewhere: Backlog = field(default_factory=Backlog)
    backup: BackupNote | None = None


class Status:
    """Gathers status reports."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        usage: Callable[[], Usage],
        version: str,
        has_configured_secret: bool,
    ) -> None:
        self._store = store
        self._usage = usage
        self._version = version
        self._has_configured_secret = has_configured_secret
        self._started_at = clock()

    async def of_guild(self, guild_id: int) -> StatusReport:
        """Report on the campaigns that the guild follows, and on the bot as a whole."""
        async with self._store.read() as work:
            links = await work.links.of_guild(guild_id)
        return await self._report(tuple(links), guild_id)

    async def of_everything(self) -> StatusReport:
        """Report on all campaigns, for the admin at the terminal."""
        async with self._store.read() as work:
            links = await work.links.all()
        return await self._report(tuple(links), None)

    async def _report(self, links: tuple[Link, ...], guild_id: int | None) -> StatusReport:
        campaigns: list[CampaignStatus] = []
        async with self._store.read() as work:
            # One without a secret was not registered yet.
            hooks = {hook.campaign_id: hook for hook in await work.hooks.all() if hook.secrets}
            for link in links:
                stored = await work.campaigns.get(link.campaign_id)
                question = await load_question(work, link.campaign_id)
                campaigns.append(
                    CampaignStatus(
                        link=link,
                        stored=stored,
                        creator=await work.creators.get(stored.creator_id) if stored else None,
                        hook=hooks.get(link.campaign_id),
                        totals=await work.members.totals([link.campaign_id]),
                        posts=await work.posts.count([link.campaign_id]),
                        missed=await load_missed(work, link.campaign_id),
                        troubles=await open_troubles(work, link.campaign_id),
                        question=question if question and question.ended_at is None else None,
                    )
                )
            inbox = everything = await work.events.backlog()
            if guild_id is not None:
                inbox = await work.events.backlog([link.campaign_id for link in links])
            backup = await load_backup(work)
            if backup is not None and guild_id is not None:
                backup = replace(backup, reason="")
            return StatusReport(
                version=self._version,
                started_at=self._started_at,
                campaigns=tuple(campaigns),
                inbox=inbox,
                inbox_elsewhere=Backlog(
                    waiting=everything.waiting - inbox.waiting,
                    parked=everything.parked - inbox.parked,
                ),
                outbox=await work.announcements.backlog(guild_id),
                usage=self._usage(),
                last_event_at=await work.hooks.last_delivery(),
                has_configured_secret=self._has_configured_secret,
                creators=tuple(await work.creators.all()) if guild_id is None else (),
                backup=backup,
            )
