"""Guilds and the campaigns that they follow."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A guild follows a campaign and shows it in these channels (None: not shown)."""

    guild_id: int
    campaign_id: str
    feed_channel_id: int | None = None
    staff_channel_id: int | None = None
    posts_channel_id: int | None = None
    id: int = 0
