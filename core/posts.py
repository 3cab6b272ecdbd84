"""Posts as Patreon tells of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CLOCKS_DIFFER = timedelta(minutes=1)
"""A time so little ahead is now: Patreon's clock and ours are not the same."""


class PostDetail(StrEnum):
    """How much of a post a channel is told: its title, its beginning, or as much as fits."""

    TITLE = "title"
    TEASER = "teaser"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post of a campaign; `content` is Patreon's HTML and must be cleaned before use.

    `tier_ids` are the tiers that may read it; `is_public` and `is_paid` are independent.
    """

    id: str
    campaign_id: str
    title: str | None = None
    content: str | None = None
    url: str | None = None
    is_public: bool = False
    is_paid: bool = False
    tier_ids: tuple[str, ...] = ()
    published_at: datetime | None = None

    def is_out(self, now: datetime) -> bool:
        """Whether it is published: neither a draft nor waiting for its time."""
        return self.published_at is not None and self.published_at <= now + CLOCKS_DIFFER

    def detail(self, chosen: PostDetail | None) -> PostDetail:
        """Tell how much of it may be shown where `chosen` is what a link says.

        Where nothing is chosen, a post that is not for everybody shows its title alone.
        """
        if chosen is not None:
            return chosen
        return PostDetail.TEASER if self.is_public else PostDetail.TITLE
