"""Joining drafts with the posts that they became on Patreon, inside a caller's transaction."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from core.announcements import Wanted
from core.draft_rows import DraftMessage
from core.drafts import Draft, DraftState, HandOver
from core.guilds import Link
from core.post_match import LATEST, match
from core.post_rows import PostDoubt
from core.post_words import question_of
from core.posts import Post
from core.store import StoredCampaign, Work

_POST_ID_FITS = 60
"""A button's custom id has room for 100 characters in all."""


async def find_drafts(
    work: Work,
    post: Post,
    stored: StoredCampaign,
    links: Sequence[Link],
    *,
    new_marker: Callable[[], str],
    at: datetime,
) -> frozenset[int]:
    """Link each follower's draft that `post` is, and ask those where that is not sure.

    Gives the channels that tell of the post already, or may do so once somebody has answered:
    nothing is to be announced there.
    """
    published_at = post.published_at or at
    found = await work.drafts.unlinked(stored.campaign.id, since=published_at - LATEST)
    by_guild: defaultdict[int, list[Draft]] = defaultdict(list)
    followers = {link.guild_id: link for link in links}
    for draft in found:
        if draft.guild_id in followers:
            by_guild[draft.guild_id].append(draft)
    taken: set[int] = set()
    for guild_id, drafts in sorted(by_guild.items()):
        matched = match(post, drafts)
        if matched.sure is not None:
            await link_draft(work, matched.sure, post, at=at)
            taken |= await channels_of(work, [matched.sure])
        elif matched.doubtful and await _ask(
            work,
            post,
            matched.doubtful,
            stored,
            followers[guild_id],
            new_marker=new_marker,
            at=at,
        ):
            taken |= await channels_of(work, matched.doubtful)
    return frozenset(taken)


async def channels_of(work: Work, drafts: Iterable[Draft]) -> set[int]:
    """Tell where drafts were published in Discord, or are scheduled to be."""
    channels: set[int] = set()
    for draft in drafts:
        if draft.state is DraftState.PUBLISHED:
            channels |= {one.channel_id for one in await work.drafts.messages(draft.id)}
        elif draft.state is DraftState.SCHEDULED:
            channels |= {target.channel_id for target in draft.targets}
    return channels


async def link_draft(work: Work, draft: Draft, post: Post, *, at: datetime) -> None:
    """Note which post a draft became; its messages in Discord lead to it from now on."""
    await work.drafts.hand_over(draft.id, HandOver.LINKED, post_id=post.id)
    await _lead_to(work, await work.drafts.messages(draft.id), post.url, at=at)


async def follow_address(work: Work, post: Post, *, at: datetime) -> None:
    """Lead the messages of the drafts that are `post` to where it is now."""
    for draft in await _of_post(work, post.id):
        if draft.hand_over is HandOver.LINKED:
            await _lead_to(work, await work.drafts.messages(draft.id), post.url, at=at)


async def unlink_drafts(work: Work, post_id: str, *, at: datetime) -> None:
    """Note that a post is there no more: its drafts wait for another, and lead nowhere."""
    for draft in await _of_post(work, post_id):
        await free_draft(work, draft)
        if draft.hand_over is HandOver.LINKED:
            await _lead_to(work, await work.drafts.messages(draft.id), None, at=at)


async def free_draft(work: Work, draft: Draft) -> None:
    """Let a draft wait for its post as it did before."""
    to = HandOver.NONE if draft.handed_over_at is None else HandOver.READY
    await work.drafts.hand_over(draft.id, to)


async def withdraw_questions(work: Work, post_ids: Sequence[str], *, at: datetime) -> None:
    """Take back what was asked about posts and nobody has answered."""
    for doubt in await work.post_messages.doubts(post_ids):
        if doubt.answer is None:
            await work.announcements.change(
                doubt.announcement_id, card=None, wanted=Wanted.GONE, at=at
            )


async def _ask(
    work: Work,
    post: Post,
    drafts: Sequence[Draft],
    stored: StoredCampaign,
    link: Link,
    *,
    new_marker: Callable[[], str],
    at: datetime,
) -> bool:
    """Ask the guild's staff; tells whether there is a channel to ask in."""
    if link.staff_channel_id is None or not _fits(post.id):
        return False
    card = question_of(post, drafts, stored.campaign, marker=new_marker(), at=at)
    announcement_id = await work.announcements.post(
        card, channel_id=link.staff_channel_id, link_id=link.id, at=at
    )
    doubt = PostDoubt(
        post_id=post.id,
        guild_id=link.guild_id,
        draft_ids=tuple(draft.id for draft in drafts),
        announcement_id=announcement_id,
        card=card,
        asked_at=at,
    )
    await work.post_messages.ask(doubt)
    for draft in drafts:
        await work.drafts.hand_over(draft.id, HandOver.DOUBTFUL, post_id=post.id)
    return True


async def _of_post(work: Work, post_id: str) -> list[Draft]:
    """Lock the drafts that are a post, or are in doubt to be, so that nobody rewords them now."""
    named = await work.drafts.of_post(post_id)
    locked = [await work.drafts.lock(one.id, guild_id=one.guild_id) for one in named]
    return [draft for draft in locked if draft is not None and draft.post_id == post_id]


def _fits(post_id: str) -> bool:
    is_plain = post_id.isascii() and post_id.replace("-", "").replace("_", "").isalnum()
    return is_plain and len(post_id) <= _POST_ID_FITS


async def _lead_to(
    work: Work, messages: Sequence[DraftMessage], url: str | None, *, at: datetime
) -> None:
    for message in messages:
        sheet = replace(message.sheet, url=url)
        if sheet != message.sheet:
            await work.announcements.reword(message.announcement_id, sheet, at=at)
