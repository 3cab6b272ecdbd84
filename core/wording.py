"""Writing the words of a guild's announcements: look, try, save, reset."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from core.audit import AuditEntry
from core.built_in_words import default_words
from core.cards import Card
from core.changes import Kind
from core.errors import UserError
from core.feed import FeedPolicy, compose
from core.guilds import Link
from core.members import Campaign
from core.ports import Clock
from core.roster import not_linked
from core.store import Store, StoredCampaign, Work
from core.tier_names import shown_as
from core.word_sample import sample_of
from core.words import Slot, Variant, Words, checked

log = logging.getLogger(__name__)

_MARKER = "sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A campaign that a guild follows, by the link that says so."""

    link_id: int
    campaign_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsList:
    """The words that a guild wrote for a campaign.

    `idle` are those that are not in use: no change of their kind is shown to their readers.
    """

    campaign_name: str
    own: Mapping[tuple[Kind, Variant], Words]
    idle: frozenset[tuple[Kind, Variant]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Words, and the card that a sample member would get."""

    slot: Slot
    campaign_name: str
    words: Words
    card: Card


class Wording:
    """The words of the guilds' announcements. `policy` is what links leave open."""

    def __init__(self, store: Store, policy: FeedPolicy, *, clock: Clock) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock

    async def followed(self, guild_id: int) -> list[Followed]:
        """The campaigns that the guild follows, oldest link first; never none.

        Raises:
            UserError: the guild follows no campaign.
        """
        async with self._store.read() as work:
            found = []
            for link in await work.links.of_guild(guild_id):
                stored = await _campaign(work, link)
                found.append(
                    Followed(
                        link_id=link.id,
                        campaign_id=link.campaign_id,
                        name=stored.campaign.name,
                    )
                )
        if not found:
            raise UserError(not_linked())
        return found

    async def listed(self, guild_id: int, link_id: int) -> WordsList:
        """What the guild wrote for a link.

        Raises:
            UserError: the guild has no such link.
        """
        async with self._store.read() as work:
            link = await _link(work, guild_id, link_id)
            stored = await _campaign(work, link)
            own = await work.words.of_links([link.id])
        policy = self._policy.of(link)
        return WordsList(
            campaign_name=stored.campaign.name,
            own={(slot.kind, slot.variant): words for slot, words in own.items()},
            idle=frozenset(
                (kind, variant)
                for kind in Kind
                for variant in Variant
                if kind not in policy.kinds
                or (variant is Variant.STAFF) != (kind in policy.staff_kinds)
            ),
        )

    async def current(self, guild_id: int, slot: Slot) -> Words:
        """The words in use: the guild's own, or the built-in ones as one would write them.

        Raises:
            UserError: the guild has no such link.
        """
        async with self._store.read() as work:
            await _link(work, guild_id, slot.link_id)
            own = await work.words.of_links([slot.link_id])
        return own.get(slot) or default_words(slot.kind)

    async def preview(self, guild_id: int, slot: Slot, words: Words) -> Preview:
        """Show what words would look like; nothing is saved.

        Raises:
            UserError: the words cannot be used, or the guild has no such link.
        """
        async with self._store.read() as work:
            link = await _link(work, guild_id, slot.link_id)
            return await self._preview(work, link, slot, self._checked(link, slot, words))

    async def save(self, guild_id: int, slot: Slot, words: Words, *, by: int | None) -> Preview:
        """Use these words from now on; what is announced already stays as it is.

        `by` is the Discord user, for the audit.

        Raises:
            UserError: the words cannot be used, or the guild has no such link.
        """
        async with self._store.write() as work:
            link = await _link(work, guild_id, slot.link_id)
            preview = await self._preview(work, link, slot, self._checked(link, slot, words))
            await work.words.save(slot, preview.words)
            await self._audit(work, link, slot, "words.saved", by)
        log.info("words saved", extra={"guild": guild_id, "link": slot.link_id, "by": by})
        return preview

    async def reset(self, guild_id: int, slot: Slot, *, by: int | None) -> Preview:
        """Use the built-in words again; safe to repeat. `by` is the Discord user.

        Raises:
            UserError: the guild has no such link.
        """
        async with self._store.write() as work:
            link = await _link(work, guild_id, slot.link_id)
            if await work.words.remove(slot):
                await self._audit(work, link, slot, "words.reset", by)
                log.info("words reset", extra={"guild": guild_id, "link": slot.link_id, "by": by})
            return await self._preview(work, link, slot, None)

    def _checked(self, link: Link, slot: Slot, words: Words) -> Words:
        shows_amounts = self._policy.of(link).show_amounts
        return checked(words, may_name_amount=shows_amounts or slot.variant is Variant.STAFF)

    async def _preview(self, work: Work, link: Link, slot: Slot, words: Words | None) -> Preview:
        stored = await _campaign(work, link)
        names = await work.tier_names.of_guild(link.guild_id)
        known = shown_as(await work.campaigns.tiers(link.campaign_id), names)
        at = self._clock()
        news, tiers = sample_of(slot.kind, link.campaign_id, known, at=at)
        card = compose(
            news,
            stored,
            tiers,
            at=at,
            marker=_MARKER,
            show_amounts=self._policy.of(link).show_amounts,
            variant=slot.variant,
            words=words,
        )
        return Preview(
            slot=slot,
            campaign_name=stored.campaign.name,
            words=words or default_words(slot.kind),
            card=card,
        )

    async def _audit(self, work: Work, link: Link, slot: Slot, action: str, by: int | None) -> None:
        await work.audit.add(
            AuditEntry(
                at=self._clock(),
                guild_id=link.guild_id,
                user_id=by,
                action=action,
                detail=(
                    f"Campaign {link.campaign_id}: {slot.variant.value} words for "
                    f"“{slot.kind.value}”."
                ),
            )
        )


async def _link(work: Work, guild_id: int, link_id: int) -> Link:
    for link in await work.links.of_guild(guild_id):
        if link.id == link_id:
            return link
    raise UserError("This server follows no such campaign (any more). Use `/patreon words show`.")


async def _campaign(work: Work, link: Link) -> StoredCampaign:
    stored = await work.campaigns.get(link.campaign_id)
    if stored is not None:
        return stored
    unread = Campaign(id=link.campaign_id, name=f"Campaign {link.campaign_id}")
    return StoredCampaign(campaign=unread, creator_id=0)
