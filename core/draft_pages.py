"""What the pages of drafts have in common: where browsers find them, and what they are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.draft_typesets import Typesets
from core.errors import UserError
from core.handover_rows import Offer
from core.picture_files import PictureFiles
from core.ports import Clock
from core.store import Store, Work

_KEPT_EXPIRED = timedelta(days=1)
"""So long an expired link is still told from one that never was."""


class UnknownLink(UserError):  # noqa: N818  the name says what was found
    """A link was used up, replaced by a newer one, or never given out."""


class LinkExpired(UserError):  # noqa: N818
    """A link was given out too long ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPages:
    """What every kind of page of a draft is made with.

    `new_token` gives texts of at least 256 random bits. `public_url` is where browsers reach the
    bot, without a slash at the end; None when they cannot.
    """

    store: Store
    typesets: Typesets
    files: PictureFiles
    clock: Clock
    new_token: Callable[[], str]
    public_url: str | None

    def address(self, page: str) -> str:
        """Tell where browsers reach the bot, for somebody who wants `page`.

        Raises:
            UserError: they cannot; the sentence says what to do.
        """
        if self.public_url is None:
            raise UserError(
                f"{page} needs an address that a browser can open. The bot's admin sets "
                "`server.public_url` (SERVER_PUBLIC_URL) in the configuration and restarts the bot."
            )
        return self.public_url

    async def keep(
        self, work: Work, digest: str, offer: Offer, *, session: str | None = None
    ) -> None:
        """Keep a link, and forget those that expired long ago."""
        await work.handovers.sweep(self.clock() - _KEPT_EXPIRED)
        await work.handovers.add(digest, offer, session=session)
