"""What the database keeps of pages that hand drafts over, under the digests of their links."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A one-time link to the page of a draft, for the Discord user who asked for it.

    `expires_at` is when it can no longer be opened; once it was, when its page closes.
    """

    draft_id: int
    guild_id: int
    user_id: int
    expires_at: datetime


class Offers(Protocol):
    """Links to pages, and the one browser in which each was opened."""

    async def add(self, digest: str, offer: Offer) -> None:
        """Keep a link; the same person's links to the same draft that nobody opened go."""
        ...

    async def look(self, digest: str) -> Offer | None:
        """A link that nobody opened yet, expired or not."""
        ...

    async def take(
        self, digest: str, *, session: str, now: datetime, until: datetime
    ) -> Offer | None:
        """Open a link that has not expired, until then: of several callers one gets it.

        `session` is the digest of what the browser shows from now on.
        """
        ...

    async def opened(self, digest: str, *, session: str, now: datetime) -> Offer | None:
        """The link that this browser opened, while its page is open."""
        ...

    async def sweep(self, expired_by: datetime) -> int:
        """Forget what had expired by then; gives how many."""
        ...
