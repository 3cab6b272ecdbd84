"""Posts as Patreon tells of them."""

from dataclasses import dataclass
from datetime import datetime


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
