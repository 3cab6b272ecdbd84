"""Changing what a guild follows and shows: campaigns, channels, kinds of changes, amounts."""

import logging
from collections.abc import Callable, Set
from dataclasses import replace

from core.audit import AuditEntry
from core.changes import Kind
from core.errors import UserError
from core.feed import FeedPolicy
from core.guild_settings import CampaignSettings, GuildSettings, Place, unknown_campaign
from core.guilds import Link
from core.names import display_name
from core.ports import Clock
from core.posts import PostDetail
from core.store import Store, StoredCampaign, Work
from core.troubles import open_troubles
from core.turns import take_settings_turn

log = logging.getLogger(__name__)


class Settings:
    """The use case, each call scoped by guild. `policy` is what links leave open.

    `on_followed` wakes who keeps webhooks and makes first syncs, whenever channels change (a new
    one may be waited for, to tell troubles in) and when a campaign is followed no more.
    """

    def __init__(
        self,
        store: Store,
        policy: FeedPolicy,
        *,
        has_public_url: bool,
        has_configured_secret: bool,
        clock: Clock,
        on_followed: Callable[[], None],
    ) -> None:
        self._store = store
        self._policy = policy
        self._has_public_url = has_public_url
        self._has_configured_secret = has_configured_secret
        self._clock = clock
        self._on_followed = on_followed

    async def of_guild(self, guild_id: int) -> GuildSettings:
        """Everything about one guild."""
        async with self._store.read() as work:
            connections = await work.connections.of_guild(guild_id)
            creators = {one.id: one for one in await work.creators.all()}
            known = {one.campaign.id: one for one in await work.campaigns.all()}
            hooks = {hook.campaign_id: hook for hook in await work.hooks.all() if hook.secrets}
            own = {one.creator_id for one in connections}
            links = {link.campaign_id: link for link in await work.links.of_guild(guild_id)}
            others = [key for key, one in known.items() if one.creator_id in own]
            campaigns = []
            for campaign_id in dict.fromkeys([*links, *others]):
                link, stored = links.get(campaign_id), known.get(campaign_id)
                campaigns.append(
                    CampaignSettings(
                        campaign_id=campaign_id,
                        link=link,
                        stored=stored,
                        policy=self._policy.of(link) if link else self._policy,
                        creator=creators.get(stored.creator_id) if stored else None,
                        hook=hooks.get(campaign_id),
                        troubles=await open_troubles(work, campaign_id),
                    )
                )
        return GuildSettings(
            creators=tuple(creators[one.creator_id] for one in connections),
            campaigns=tuple(campaigns),
            has_public_url=self._has_public_url,
            has_configured_secret=self._has_configured_secret,
        )

    async def show_in(
        self, guild_id: int, campaign_id: str, place: Place, channel_id: int | None, *, by: int
    ) -> None:
        """Use a channel of the guild for something from now on, None: no channel.

        The first channel makes the guild follow the campaign. The caller knows the guild's
        channels, and has checked that this is one of them.

        Raises:
            UserError: the campaign is none of the guild's.
        """
        where = "no channel" if channel_id is None else f"channel {channel_id}"
        await self._change(
            guild_id,
            campaign_id,
            lambda link: _showing(link, place, channel_id),
            detail=f"{place.value.capitalize()}: {where}.",
            by=by,
        )

    async def announce(
        self, guild_id: int, campaign_id: str, kinds: frozenset[Kind], *, by: int
    ) -> None:
        """Announce these kinds of changes and no others.

        Raises:
            UserError: the guild does not follow the campaign.
        """
        await self._change(
            guild_id,
            campaign_id,
            lambda link: replace(link, kinds=kinds),
            detail=f"Announced: {_listed(kinds)}.",
            by=by,
        )

    async def tell_staff(
        self, guild_id: int, campaign_id: str, kinds: frozenset[Kind], *, by: int
    ) -> None:
        """Announce these kinds in the staff channel instead of the feed.

        Raises:
            UserError: the guild does not follow the campaign.
        """
        await self._change(
            guild_id,
            campaign_id,
            lambda link: replace(link, staff_kinds=kinds),
            detail=f"For the staff channel: {_listed(kinds)}.",
            by=by,
        )

    async def show_amounts(
        self, guild_id: int, campaign_id: str, shows_amounts: bool, *, by: int
    ) -> None:
        """Name amounts in announcements, or do not.

        Raises:
            UserError: the guild does not follow the campaign.
        """
        await self._change(
            guild_id,
            campaign_id,
            lambda link: replace(link, shows_amounts=shows_amounts),
            detail=f"Amounts: {'shown' if shows_amounts else 'hidden'}.",
            by=by,
        )

    async def tell_of_posts(
        self, guild_id: int, campaign_id: str, detail: PostDetail | None, *, by: int
    ) -> None:
        """Tell so much of new posts, None: of those that are not for everybody the title alone.

        Raises:
            UserError: the guild does not follow the campaign.
        """
        await self._change(
            guild_id,
            campaign_id,
            lambda link: replace(link, post_detail=detail),
            detail=f"Told of posts: {'the usual' if detail is None else detail.value}.",
            by=by,
        )

    async def use_defaults(self, guild_id: int, campaign_id: str, *, by: int) -> None:
        """Announce what the configuration says, as long as nobody chooses again.

        Raises:
            UserError: the guild does not follow the campaign.
        """
        await self._change(
            guild_id,
            campaign_id,
            lambda link: replace(link, kinds=None, staff_kinds=None, shows_amounts=None),
            detail="Kinds and amounts: as configured.",
            by=by,
        )

    async def unfollow(self, guild_id: int, campaign_id: str, *, by: int) -> str:
        """Stop following; what was announced stays. Safe to repeat. Gives the campaign's name.

        Raises:
            UserError: the campaign is none of the guild's.
        """
        async with self._store.write() as work:
            await take_settings_turn(work, guild_id)
            link = await _link(work, guild_id, campaign_id)
            stored = await _followable(work, guild_id, campaign_id, link)
            if link is not None:
                await work.links.remove([link.id], at=self._clock())
                await self._audit(work, link, "link.removed", "", by)
        if link is not None:
            self._on_followed()
        name = stored.campaign.name if stored else f"Campaign {campaign_id}"
        return display_name(name)

    def wake(self) -> None:
        """Have the webhooks looked after now."""
        self._on_followed()

    async def _change(
        self,
        guild_id: int,
        campaign_id: str,
        change: Callable[[Link], Link],
        *,
        detail: str,
        by: int,
    ) -> None:
        async with self._store.write() as work:
            await take_settings_turn(work, guild_id)
            link = await _link(work, guild_id, campaign_id)
            await _followable(work, guild_id, campaign_id, link)
            before = link or Link(guild_id=guild_id, campaign_id=campaign_id)
            wanted = change(before)
            if wanted == before:
                return
            if link is None and not any(_channels(wanted)):
                raise UserError("Choose a channel first: then this server follows the campaign.")
            await work.links.save(wanted, at=self._clock())
            action = "link.added" if link is None else "link.changed"
            await self._audit(work, wanted, action, detail, by)
        if _channels(wanted) != _channels(before):
            self._on_followed()

    async def _audit(self, work: Work, link: Link, action: str, detail: str, by: int) -> None:
        await work.audit.add(
            AuditEntry(
                at=self._clock(),
                guild_id=link.guild_id,
                user_id=by,
                action=action,
                detail=f"Campaign {link.campaign_id}. {detail}".strip(),
            )
        )
        extra = {"guild": link.guild_id, "campaign_id": link.campaign_id, "by": by}
        log.info("settings changed", extra=extra)


def _listed(kinds: Set[Kind]) -> str:
    return ", ".join(kind.value for kind in Kind if kind in kinds) or "nothing"


def _showing(link: Link, place: Place, channel_id: int | None) -> Link:
    match place:
        case Place.FEED:
            return replace(link, feed_channel_id=channel_id)
        case Place.STAFF:
            return replace(link, staff_channel_id=channel_id)
        case Place.POSTS:
            return replace(link, posts_channel_id=channel_id)


def _channels(link: Link) -> tuple[int | None, ...]:
    return link.feed_channel_id, link.staff_channel_id, link.posts_channel_id


async def _link(work: Work, guild_id: int, campaign_id: str) -> Link | None:
    links = await work.links.of_guild(guild_id)
    return next((link for link in links if link.campaign_id == campaign_id), None)


async def _followable(
    work: Work, guild_id: int, campaign_id: str, link: Link | None
) -> StoredCampaign | None:
    """Give a campaign, unless it is none of the guild's."""
    stored = await work.campaigns.get(campaign_id)
    if link is not None:
        return stored
    own = {one.creator_id for one in await work.connections.of_guild(guild_id)}
    if stored is None or stored.creator_id not in own:
        raise unknown_campaign()
    return stored
