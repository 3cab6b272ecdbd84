"""Showing drafts as they will look on Patreon, to those who were given the link."""

from dataclasses import dataclass
from datetime import timedelta

from core.draft_pages import DraftPages, LinkExpired, UnknownLink
from core.drafts import Draft, DraftState
from core.errors import UserError
from core.handover import digest_of
from core.handover_pack import Pack, pack_of
from core.handover_rows import PREVIEW, Offer
from core.picture_files import FoundPicture, find_picture
from core.post_publisher import Link
from core.store import Work
from core.typesetting import Finding

PATH = "/preview"
LIFE = timedelta(hours=24)
"""How long a link works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A draft as it is now, as far as Patreon shows it; `findings` say what looks otherwise there.

    The pack's `until` is when the link ends.
    """

    pack: Pack
    state: DraftState
    findings: tuple[Finding, ...]


class Previews:
    """Pages that show drafts and change nothing: who has a link sees its draft, and no other."""

    def __init__(self, pages: DraftPages) -> None:
        self._pages = pages
        self._store = pages.store
        self._clock = pages.clock

    async def offer(self, draft_id: int, *, guild_id: int, user_id: int) -> Link:
        """Give a link to the preview of a guild's draft, which can be opened often, for a day.

        The caller knows that the person may have it (`draft_rules.Act.PREVIEW`). An earlier link of
        theirs to it ends.

        Raises:
            UserError: there is no such draft, it was thrown away, or browsers cannot reach the bot.
        """
        address = self._pages.address("The preview")
        token = self._pages.new_token()
        expires_at = self._clock() + LIFE
        offer = Offer(draft_id=draft_id, guild_id=guild_id, user_id=user_id, expires_at=expires_at)
        async with self._store.write() as work:
            draft = await work.drafts.lock(draft_id, guild_id=guild_id)
            if draft is None or draft.state is DraftState.DISCARDED:
                raise UserError("This draft was thrown away. Restore it to see a preview.")
            await self._pages.keep(work, digest_of(token), offer, session=PREVIEW)
        return Link(url=f"{address}{PATH}/{token}", expires_at=expires_at)

    async def show(self, token: str) -> Preview:
        """Give the draft of a link as it is now.

        Raises:
            UnknownLink: it was replaced by a newer one, its draft was thrown away, or it was never
                given out.
            LinkExpired: it was given out too long ago.
        """
        async with self._store.read() as work:
            offer, draft = await self._draft(work, token)
            stored = await work.campaigns.get(draft.campaign_id)
            tiers = await work.campaigns.tiers(draft.campaign_id)
        typeset = await self._pages.typesets.of(draft.content.body)
        pack = pack_of(
            draft,
            typeset.html,
            "",
            campaign=None if stored is None else stored.campaign,
            tiers=tiers,
            until=offer.expires_at,
        )
        return Preview(pack=pack, state=draft.state, findings=typeset.findings)

    async def picture(self, token: str, picture: str) -> FoundPicture | None:
        """Find a picture of a link's draft by the digest of what is in it; raises what `show` does.

        None: the draft has no such picture (any more), or its file is lost.
        """
        async with self._store.read() as work:
            _, draft = await self._draft(work, token)
        return await find_picture(self._pages.files, draft.content.pictures, picture)

    async def _draft(self, work: Work, token: str) -> tuple[Offer, Draft]:
        offer = await work.handovers.look(digest_of(token), session=PREVIEW)
        if offer is None:
            raise UnknownLink("This link was replaced by a newer one, or never given out.")
        if self._clock() >= offer.expires_at:
            raise LinkExpired("The day for this link is over.")
        draft = await work.drafts.get(offer.draft_id, guild_id=offer.guild_id)
        if draft is None or draft.state is DraftState.DISCARDED:
            raise UnknownLink("The draft of this link was thrown away.")
        return offer, draft
