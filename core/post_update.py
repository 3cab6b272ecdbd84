"""Bringing stored posts up to date: the one place where readings of posts become news."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.errors import PermanentError
from core.post_feed import PostFeed, is_told_alike
from core.post_rows import PostReading
from core.posts import CLOCKS_DIFFER, Post
from core.store import StoredCampaign, Work

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsUpdated:
    """What readings of posts came to.

    `saved` are the posts as they are stored now, without the `outdated` readings, which were
    discarded; `forgotten` are the ids of those that are gone. `announced` counts messages asked
    for, `edited` and `removed` those that are told anew or taken back.
    """

    new: int = 0
    changed: int = 0
    gone: int = 0
    announced: int = 0
    edited: int = 0
    removed: int = 0
    saved: tuple[Post, ...] = ()
    forgotten: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()

    @property
    def messages(self) -> int:
        """How many messages have something to be done."""
        return self.announced + self.edited + self.removed

    @property
    def note(self) -> str:
        """What became of a webhook that brought this about, in a few words."""
        counts = {"announced": self.announced, "edited": self.edited, "removed": self.removed}
        said = [f"{count} {what}" for what, count in counts.items() if count]
        return ", ".join(said) or "nothing new"


async def update_post(
    work: Work,
    post_id: str,
    post: Post | None,
    *,
    asked_at: datetime,
    stored: StoredCampaign,
    feed: PostFeed,
    now: datetime,
) -> PostsUpdated:
    """Do as `update_posts` with what Patreon said when it was asked for one post (None: gone).

    Raises:
        PermanentError: the post is of another campaign.
    """
    if post is None:
        return await remove_posts(
            work, [post_id], asked_at=asked_at, stored=stored, feed=feed, now=now
        )
    if post.campaign_id != stored.campaign.id:
        raise PermanentError(f"Post {post_id} belongs to another campaign.")
    return await update_posts(
        work, [post], asked_at=asked_at, stored=stored, feed=feed, now=now, touches=True
    )


async def update_posts(
    work: Work,
    posts: Sequence[Post],
    *,
    asked_at: datetime,
    stored: StoredCampaign,
    feed: PostFeed,
    now: datetime,
    touches: bool = False,
) -> PostsUpdated:
    """Compare readings of one campaign's posts with what is stored, save and announce.

    A reading that was asked for before the stored state was saved is discarded: it may be the
    older one, and would turn the post back. Until the campaign's first complete sync everything
    is saved and nothing is told. Repeating the call changes nothing. With `touches` a post that
    is as it was counts as saved now, too.
    """
    named = {post.id: post for post in posts}
    readings = await work.post_messages.lock(sorted(named), campaign_id=stored.campaign.id)
    late = {one.post_id for one in readings.values() if _is_late(one, asked_at, now)}
    fresh = [post for post in named.values() if post.id not in late]
    known = await work.posts.load([post.id for post in fresh])
    dirty = [post for post in fresh if known.get(post.id) != post]
    new, changed = await work.posts.save(dirty)
    # What is stored has lost the characters that no database takes.
    stored_now = await work.posts.load([post.id for post in dirty])
    saved = [stored_now.get(post.id, post) for post in fresh]
    written: list[PostReading] = []
    announced = edited = removed = 0
    for post in sorted(saved, key=lambda one: one.published_at or _LONG_AGO):
        reading = readings[post.id]
        has_changed = known.get(post.id) != post
        told_at = reading.told_at
        if not post.is_out(now):
            if told_at is not None:
                removed += await feed.take_back(work, [post.id], stored, now=now)
            told_at = None
        elif told_at is None:
            told_at = now
            if stored.baseline_at is not None:
                announced += await feed.come_out(work, post, stored, now=now)
        elif has_changed and not is_told_alike(known.get(post.id), post):
            edited += await feed.change(work, post, stored, now=now)
        if touches or has_changed or reading.seen_at is None or told_at != reading.told_at:
            own = replace(reading, campaign_id=stored.campaign.id)
            written.append(replace(own, seen_at=now, told_at=told_at))
    await work.post_messages.note(written)
    return PostsUpdated(
        new=new,
        changed=changed,
        announced=announced,
        edited=edited,
        removed=removed,
        saved=tuple(saved),
        outdated=tuple(sorted(late)),
    )


async def remove_posts(
    work: Work,
    post_ids: Sequence[str],
    *,
    asked_at: datetime,
    stored: StoredCampaign,
    feed: PostFeed,
    now: datetime,
) -> PostsUpdated:
    """Forget posts of a campaign that Patreon has no more, and take back what is told of them.

    One that was saved after `asked_at`, or belongs to another campaign, is left alone.
    """
    readings = await work.post_messages.lock(sorted(post_ids), campaign_id=stored.campaign.id)
    own = {key: one for key, one in readings.items() if one.campaign_id == stored.campaign.id}
    late = {key for key, one in own.items() if _is_late(one, asked_at, now)}
    missing = sorted(key for key in own if key not in late)
    removed = await feed.take_back(work, missing, stored, now=now)
    gone = await work.posts.delete(missing)
    await work.post_messages.note([replace(own[key], seen_at=now, told_at=None) for key in missing])
    return PostsUpdated(
        gone=gone, removed=removed, forgotten=tuple(missing), outdated=tuple(sorted(late))
    )


def _is_late(reading: PostReading, asked_at: datetime, now: datetime) -> bool:
    """Tell whether a reading was overtaken; a stored time far ahead proves nothing."""
    seen_at = reading.seen_at
    return seen_at is not None and asked_at < seen_at <= now + CLOCKS_DIFFER
