"""Guilds and the campaigns that they follow."""

from dataclasses import dataclass

from core.changes import Kind
from core.posts import PostDetail


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A guild follows a campaign and shows it in these channels (None: not shown).

    `kinds` are announced, those of them in `staff_kinds` in the staff channel instead of the
    feed; amounts are named when `shows_amounts`. None: as the configuration says. `post_detail` is
    how much of a post is told; None: of one that is not for everybody the title alone.
    """

    guild_id: int
    campaign_id: str
    feed_channel_id: int | None = None
    staff_channel_id: int | None = None
    posts_channel_id: int | None = None
    kinds: frozenset[Kind] | None = None
    staff_kinds: frozenset[Kind] | None = None
    shows_amounts: bool | None = None
    post_detail: PostDetail | None = None
    id: int = 0
