"""Handing drafts over to Patreon: no program can publish there, so a person copies from a page.

Source: docs.patreon.com, "APIv2: Resource Endpoints" (posts are read only).
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.audit import AuditEntry
from core.draft_pages import DraftPages, LinkExpired, UnknownLink
from core.drafts import Draft, DraftPicture, DraftState, HandOver
from core.errors import UserError
from core.handover_pack import Pack, pack_of
from core.handover_rows import Offer
from core.picture_files import FoundPicture, find_picture
from core.post_publisher import Link
from core.store import Work

EDITOR = "https://www.patreon.com/posts/new?postType=text_only"
"""Opens Patreon's editor with a new draft; nothing can be filled in by the address."""

PATH = "/handover"
LIFE = timedelta(minutes=30)
"""How long a link can be opened."""

OPEN_FOR = timedelta(hours=2)
"""How long its page stays open in the browser that opened it."""

_GOES_OUT = frozenset(
    {DraftState.EDITING, DraftState.WAITING, DraftState.SCHEDULED, DraftState.PUBLISHED}
)
_UNKNOWN = "This link was opened before, replaced by a newer one, or never given out."


class PageClosed(UserError):  # noqa: N818  the name says what was found
    """A page is not open in this browser (any more)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A page that was opened: `digest` names it, `secret` is for the browser alone."""

    digest: str
    secret: str = field(repr=False)
    until: datetime


class HandOvers:
    """Pages to copy a draft from, each for one person, one opening and one browser."""

    def __init__(self, pages: DraftPages) -> None:
        self._pages = pages
        self._store = pages.store
        self._clock = pages.clock

    @property
    def public_url(self) -> str | None:
        """Where browsers reach the bot."""
        return self._pages.public_url

    async def offer(self, draft_id: int, *, guild_id: int, user_id: int) -> Link:
        """Give a link to the page of a guild's draft, good once and for half an hour.

        An earlier link of the same person to it that nobody opened ends.

        Raises:
            UserError: there is no such draft, it is not to go out, or browsers cannot reach the
                bot; the sentence says what to do.
        """
        address = self._pages.address("The page to copy from")
        token = self._pages.new_token()
        expires_at = self._clock() + LIFE
        offer = Offer(draft_id=draft_id, guild_id=guild_id, user_id=user_id, expires_at=expires_at)
        async with self._store.write() as work:
            _checked(await work.drafts.get(draft_id, guild_id=guild_id))
            await self._pages.keep(work, digest_of(token), offer)
        return Link(url=f"{address}{PATH}?t={token}", expires_at=expires_at)

    async def look(self, token: str) -> Offer:
        """Tell what a link is good for; it stays good, however often somebody looks.

        Raises:
            UnknownLink: it was opened before, replaced by a newer one, or never given out.
            LinkExpired: it was given out too long ago.
        """
        async with self._store.read() as work:
            return await self._unopened(work, digest_of(token))

    async def open(self, token: str) -> Session:
        """Use a link up: from now on the draft counts as ready to be published on Patreon.

        Raises:
            UnknownLink: it was opened before, replaced by a newer one, or never given out.
            LinkExpired: it was given out too long ago.
            UserError: the draft is not to go out any more; the link stays as it was.
        """
        now = self._clock()
        digest, secret, until = digest_of(token), self._pages.new_token(), now + OPEN_FOR
        async with self._store.write() as work:
            session = digest_of(secret)
            offer = await work.handovers.take(digest, session=session, now=now, until=until)
            if offer is None:
                await self._unopened(work, digest)
                raise UnknownLink(_UNKNOWN)
            draft = _checked(await work.drafts.lock(offer.draft_id, guild_id=offer.guild_id))
            if draft.hand_over is HandOver.NONE:
                await work.drafts.hand_over(draft.id, HandOver.READY, at=now)
            entry = AuditEntry(
                at=now,
                guild_id=offer.guild_id,
                user_id=offer.user_id,
                action="post.handed_over",
                detail=f"Opened the page that brings draft {draft.id} to Patreon.",
            )
            await work.audit.add(entry)
        return Session(digest=digest, secret=secret, until=until)

    async def pack(self, digest: str, secret: str) -> Pack:
        """Give everything of the draft as it is now, to the browser that opened its page.

        Raises:
            PageClosed: this browser did not open it, or too long ago.
            UserError: the draft is not to go out any more.
        """
        async with self._store.read() as work:
            offer, draft = await self._opened(work, digest, secret)
            stored = await work.campaigns.get(draft.campaign_id)
            tiers = await work.campaigns.tiers(draft.campaign_id)
        body = draft.content.body
        typeset = await self._pages.typesets.of(body)
        return pack_of(
            draft,
            typeset.html,
            await self._pages.typesets.plain(body),
            campaign=None if stored is None else stored.campaign,
            tiers=tiers,
            until=offer.expires_at,
        )

    async def picture(self, digest: str, secret: str, picture: str) -> FoundPicture | None:
        """Find a picture of the draft by the digest of what is in it.

        None: the draft has no such picture (any more), or its file is lost.

        Raises:
            PageClosed: this browser did not open the page, or too long ago.
            UserError: the draft is not to go out any more.
        """
        async with self._store.read() as work:
            _, draft = await self._opened(work, digest, secret)
        return await find_picture(self._pages.files, draft.content.pictures, picture)

    async def pictures(self, digest: str, secret: str) -> tuple[DraftPicture, ...]:
        """Give the pictures of the draft in their order; raises what `picture` does."""
        async with self._store.read() as work:
            _, draft = await self._opened(work, digest, secret)
        return draft.content.pictures

    async def read(self, picture: DraftPicture) -> bytes | None:
        """Read a picture's file; None when it is lost."""
        return await self._pages.files.read(picture.digest)

    async def _unopened(self, work: Work, digest: str) -> Offer:
        offer = await work.handovers.look(digest)
        if offer is None:
            raise UnknownLink(_UNKNOWN)
        if self._clock() >= offer.expires_at:
            raise LinkExpired("The half hour for this link is over.")
        return offer

    async def _opened(self, work: Work, digest: str, secret: str) -> tuple[Offer, Draft]:
        session = digest_of(secret)
        offer = await work.handovers.opened(digest, session=session, now=self._clock())
        if offer is None:
            raise PageClosed("This page is not open in this browser (any more).")
        draft = await work.drafts.get(offer.draft_id, guild_id=offer.guild_id)
        return offer, _checked(draft)


class ManualHandOver:
    """Implements `PostPublisher` for today's Patreon: a person publishes, the bot prepares."""

    def __init__(self, hand_overs: HandOvers) -> None:
        self._hand_overs = hand_overs

    @property
    def can_publish(self) -> bool:
        """Never by itself."""
        return False

    async def publish(self, draft: Draft, *, user_id: int) -> Link:
        """Give the link to the draft's page; raises what `HandOvers.offer` does."""
        return await self._hand_overs.offer(draft.id, guild_id=draft.guild_id, user_id=user_id)


def digest_of(token: str) -> str:
    """Give the digest under which a token is kept: who reads the database cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _checked(draft: Draft | None) -> Draft:
    if draft is None:
        raise UserError("This draft is not there any more.")
    if draft.state is DraftState.TEMPLATE:
        raise UserError("This is a template. Make a draft from it, and hand that one over.")
    if draft.state not in _GOES_OUT:
        raise UserError(
            "This draft was taken back or thrown away. Duplicate it in Discord, and hand the copy "
            "over."
        )
    return draft
