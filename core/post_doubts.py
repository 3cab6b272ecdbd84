"""The staff's answer to the question which of their drafts a post on Patreon is."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.audit import AuditEntry
from core.brake import Presser
from core.composing_messages import replace_told
from core.drafts import Draft, DraftState, HandOver
from core.errors import UserError
from core.ports import Clock
from core.post_feed import PostFeed
from core.post_links import channels_of, free_draft, link_draft
from core.post_rows import PostDoubt
from core.post_words import answered_of
from core.posts import Post
from core.store import Store, StoredCampaign, Work

log = logging.getLogger(__name__)

PRESS_ID = re.compile(
    r"postmatch:(?P<answer>yes|no):(?P<draft>\d{1,18}):(?P<post>[A-Za-z0-9_-]{1,60})"
)
"""What `core.post_words.press_id` writes."""

_NOT_OPEN = (
    "This question is no longer open: the post is gone, or it is none of this server's. "
    "`/patreon posts` shows how the drafts stand."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of an answer: `draft` is the post, None when it is none of them."""

    draft: Draft | None
    announced: int


class PostDoubts:
    """Takes answers; exactly one of several people is the first."""

    def __init__(
        self,
        store: Store,
        feed: PostFeed,
        *,
        clock: Clock,
        on_announced: Callable[[], None],
    ) -> None:
        self._store = store
        self._feed = feed
        self._clock = clock
        self._on_announced = on_announced

    async def answer(self, post_id: str, draft_id: int, *, guild_id: int, by: Presser) -> Answered:
        """Say which draft of the guild a post is, 0 for none of them.

        The post is announced where that waited for the answer, and where the draft was not
        published.

        Raises:
            UserError: the question is not open for this guild, somebody was faster, or the draft
                is gone or belongs to another post.
        """
        now = self._clock()
        async with self._store.write() as work:
            post, stored, doubt = await self._open(work, post_id, draft_id, guild_id)
            chosen = await _chosen(work, draft_id, guild_id) if draft_id else None
            for other_id in sorted(set(doubt.draft_ids) - {draft_id}):
                other = await work.drafts.lock(other_id, guild_id=guild_id)
                if other is not None and _is_about(other, post_id):
                    await free_draft(work, other)
            if chosen is not None:
                await link_draft(work, chosen, post, at=now)
            taken = await channels_of(work, [] if chosen is None else [chosen])
            links = [
                link
                for link in await work.links.of_campaign(stored.campaign.id)
                if link.guild_id == guild_id
            ]
            if chosen is not None and chosen.state is DraftState.PUBLISHED:
                for link in links:
                    await replace_told(work, chosen, post_id, link, at=now)
            announced = await self._feed.announce(
                work, post, stored, links, besides=frozenset(taken), now=now
            )
            card = answered_of(
                post, chosen, stored.campaign, by=by.name, marker=doubt.card.marker, at=now
            )
            await work.announcements.reword(doubt.announcement_id, card, at=now)
            await work.post_messages.ask(
                replace(doubt, answer=draft_id, answered_by=by.user_id, answered_at=now)
            )
            is_draft = f"is draft {draft_id}" if draft_id else "is none of the drafts asked about"
            await work.audit.add(
                AuditEntry(
                    at=now,
                    guild_id=guild_id,
                    user_id=by.user_id,
                    action="post.matched",
                    detail=f"Campaign {stored.campaign.id}. Said that post {post_id} {is_draft}.",
                )
            )
        self._on_announced()
        log.info("post matched", extra={"post_id": post_id, "draft": draft_id or None})
        return Answered(draft=chosen, announced=announced)

    async def _open(
        self, work: Work, post_id: str, draft_id: int, guild_id: int
    ) -> tuple[Post, StoredCampaign, PostDoubt]:
        """Lock the question, and see that it may be answered so.

        Raises:
            UserError: it may not.
        """
        post = (await work.posts.load([post_id])).get(post_id)
        if post is None:
            raise UserError(_NOT_OPEN)
        # Whoever answers, and whoever reads the post anew, waits here for the other.
        await work.post_messages.lock([post_id], campaign_id=post.campaign_id)
        post = (await work.posts.load([post_id])).get(post_id)
        doubt = await work.post_messages.doubt(post_id, guild_id=guild_id)
        stored = None if post is None else await work.campaigns.get(post.campaign_id)
        if post is None or stored is None or doubt is None:
            raise UserError(_NOT_OPEN)
        if doubt.answer is not None:
            raise UserError("Somebody has answered this question already.")
        if draft_id and draft_id not in doubt.draft_ids:
            raise UserError(_NOT_OPEN)
        return post, stored, doubt


async def _chosen(work: Work, draft_id: int, guild_id: int) -> Draft:
    draft = await work.drafts.lock(draft_id, guild_id=guild_id)
    if draft is None or draft.state in (DraftState.DISCARDED, DraftState.TEMPLATE):
        raise UserError("This draft was thrown away. Choose another, or “None of these”.")
    if draft.hand_over is HandOver.LINKED:
        raise UserError("This draft is another post by now. Choose another, or “None of these”.")
    return draft


def _is_about(draft: Draft, post_id: str) -> bool:
    return draft.hand_over is HandOver.DOUBTFUL and draft.post_id == post_id
