"""Posts of Patreon in the channels: announced once, then kept as Patreon has them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.announcements import Wanted
from core.guilds import Link
from core.post_links import (
    find_drafts,
    follow_address,
    unlink_drafts,
    withdraw_questions,
)
from core.post_words import Body, sheet_of
from core.posts import Post
from core.sheets import Sheet
from core.store import StoredCampaign, Work
from core.tier_names import shown_as
from core.typesetting import Typesetter

OLDEST = timedelta(days=7)
"""A post that is older than this when it is first seen to be out is no news."""

BEFORE_BASELINE = timedelta(hours=1)
"""A post that the first sync read is told by nobody; one that came out while it ran may be."""

_MOST_HTML = 20_000
"""Characters of a post's HTML that are read: far more than a message shows."""

_PICTURE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Channel:
    """A channel that is told of posts, with the words of its guild."""

    link: Link
    channel_id: int


class PostFeed:
    """Turns what became of posts into messages, inside the transaction that saves the posts.

    Each post has at most one message for each link; the caller holds the lock on the post's
    reading.
    """

    def __init__(self, typesetter: Typesetter, *, new_marker: Callable[[], str]) -> None:
        self._typesetter = typesetter
        self._new_marker = new_marker

    async def come_out(
        self, work: Work, post: Post, stored: StoredCampaign, *, now: datetime
    ) -> int:
        """Tell of a post that is out and was not before; gives how many messages were asked for.

        A draft that it is gets linked, whatever the post's age, and is not announced again where
        it was published.
        """
        if not _is_since_baseline(post, stored):
            return 0
        links = await work.links.of_campaign(stored.campaign.id)
        taken = await find_drafts(work, post, stored, links, new_marker=self._new_marker, at=now)
        return await self.announce(work, post, stored, links, besides=taken, now=now)

    async def announce(
        self,
        work: Work,
        post: Post,
        stored: StoredCampaign,
        links: Sequence[Link],
        *,
        besides: frozenset[int] = frozenset(),
        now: datetime,
    ) -> int:
        """Announce a post to these links, once each, if it is news; gives how many were asked.

        `besides` are channels that are left out.
        """
        if not is_news(post, stored, now=now):
            return 0
        told = {one.link_id for one in await work.post_messages.of_posts([post.id])}
        channels = [
            _Channel(link, link.posts_channel_id)
            for link in links
            if link.posts_channel_id is not None
            and link.posts_channel_id not in besides
            and link.id not in told
        ]
        sheets = await self._sheets(work, post, stored, [one.link for one in channels], at=now)
        for channel, sheet in zip(channels, sheets, strict=True):
            announcement_id = await work.announcements.post(
                replace(sheet, marker=self._new_marker()),
                channel_id=channel.channel_id,
                link_id=channel.link.id,
                at=now,
            )
            await work.post_messages.add(post.id, channel.link.id, announcement_id)
        return len(channels)

    async def change(self, work: Work, post: Post, stored: StoredCampaign, *, now: datetime) -> int:
        """Make what is told of a post say what it says now; gives how many messages change.

        Messages for guilds that follow the campaign no more stay as they are.
        """
        await follow_address(work, post, at=now)
        messages = await work.post_messages.of_posts([post.id])
        if not messages:
            return 0
        links = {link.id: link for link in await work.links.of_campaign(stored.campaign.id)}
        followed = [one for one in messages if one.link_id in links]
        sheets = await self._sheets(
            work, post, stored, [links[one.link_id] for one in followed], at=now
        )
        count = 0
        for message, sheet in zip(followed, sheets, strict=True):
            same = replace(sheet, marker=message.sheet.marker)
            if same != message.sheet:
                await work.announcements.reword(message.announcement_id, same, at=now)
                count += 1
        return count

    async def take_back(
        self, work: Work, post_ids: Sequence[str], stored: StoredCampaign, *, now: datetime
    ) -> int:
        """Remove what is told of posts that are out no more; gives how many messages go.

        Their drafts wait for another post, and what was asked about them is withdrawn.
        """
        if not post_ids:
            return 0
        # Drafts before messages, as everywhere: whoever publishes one locks them in this order.
        for post_id in post_ids:
            await unlink_drafts(work, post_id, at=now)
        links = {link.id for link in await work.links.of_campaign(stored.campaign.id)}
        count = 0
        for message in await work.post_messages.of_posts(post_ids):
            if message.link_id in links:
                await work.announcements.change(
                    message.announcement_id, card=None, wanted=Wanted.GONE, at=now
                )
                count += 1
        await withdraw_questions(work, post_ids, at=now)
        await work.post_messages.drop(post_ids)
        return count

    async def _sheets(
        self,
        work: Work,
        post: Post,
        stored: StoredCampaign,
        links: Sequence[Link],
        *,
        at: datetime,
    ) -> list[Sheet]:
        """Word a post for each of these links, still without a marker."""
        if not links:
            return []
        tiers = await work.campaigns.tiers(stored.campaign.id)
        names = await work.tier_names.of_campaign(stored.campaign.id)
        found: list[Body] = []

        def body() -> Body:
            if not found:
                found.append(self._body(post.content or ""))
            return found[0]

        return [
            sheet_of(
                post,
                stored.campaign,
                shown_as(tiers, names.get(link.guild_id, {})),
                detail=link.post_detail,
                body=body,
                marker="",
                at=at,
            )
            for link in links
        ]

    def _body(self, html: str) -> Body:
        blocks = self._typesetter.from_html(html[:_MOST_HTML]).blocks
        if len(html) <= _MOST_HTML:
            return Body(blocks)
        # The last one may be torn.
        return Body(blocks[:-1], goes_on=True)


def is_told_alike(before: Post | None, now: Post) -> bool:
    """Tell whether nothing changed that is told: a picture's signed link does so by itself."""
    if before is None:
        return False
    return _without_pictures(before) == _without_pictures(now)


def _without_pictures(post: Post) -> Post:
    return replace(post, content=_PICTURE.sub("", post.content or ""))


def is_news(post: Post, stored: StoredCampaign, *, now: datetime) -> bool:
    """Tell whether a post that is out is told of: neither too old nor known to the first sync."""
    if post.published_at is None or not post.is_out(now):
        return False
    return _is_since_baseline(post, stored) and post.published_at >= now - OLDEST


def _is_since_baseline(post: Post, stored: StoredCampaign) -> bool:
    if stored.baseline_at is None or post.published_at is None:
        return False
    return post.published_at >= stored.baseline_at - BEFORE_BASELINE


class _SilentPostFeed(PostFeed):
    """Tells nobody of posts."""

    def __init__(self) -> None:
        """Need nothing."""

    async def come_out(
        self, work: Work, post: Post, stored: StoredCampaign, *, now: datetime
    ) -> int:
        return 0

    async def change(self, work: Work, post: Post, stored: StoredCampaign, *, now: datetime) -> int:
        return 0

    async def take_back(
        self, work: Work, post_ids: Sequence[str], stored: StoredCampaign, *, now: datetime
    ) -> int:
        return 0


SILENT_POST_FEED = _SilentPostFeed()
"""For who announces no posts."""
