"""What the database keeps of pages that hand drafts over, under the digests of their links.

Links to previews of drafts lie beside them: those are looked at and never opened.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

PREVIEW = "preview"
"""The session of every link to a preview; no browser's is called so, for those are digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A link to a page of a draft, for the Discord user who asked for it.

    `expires_at` is when it can no longer be opened; once it was, when its page closes.
    """

    draft_id: int
    guild_id: int
    user_id: int
    expires_at: datetime


class Offers(Protocol):
    """Links to pages, and the one browser in which each was opened."""

    async def add(self, digest: str, offer: Offer, *, session: str | None = None) -> None:
        """Keep a link; the same person's links to the same draft that nobody opened go.

        With the session `PREVIEW` it leads to a preview, and the earlier one to that goes.
        """
        ...

    async def look(self, digest: str, *, session: str | None = None) -> Offer | None:
        """A link that nobody opened yet, or one to a preview, expired or not."""
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

    async def end_previews(self, draft_id: int) -> None:
        """Forget the links to previews of a draft."""
        ...

    async def sweep(self, expired_by: datetime) -> int:
        """Forget what had expired by then; gives how many."""
        ...
