"""Looking up campaigns and tiers, within what a guild may see, and naming tiers for it."""

import logging
from dataclasses import dataclass

from core.audit import AuditEntry
from core.errors import UserError
from core.guilds import Link
from core.listing import Totals
from core.members import Tier
from core.ports import Clock
from core.rights import Person
from core.roster import not_linked
from core.store import Store, StoredCampaign, Work
from core.tier_names import read_name

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """A campaign that a guild follows; `stored` is None until Patreon was read."""

    link: Link
    stored: StoredCampaign | None
    totals: Totals
    tier_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TierView:
    """A tier as a guild is shown it: `name` is the guild's own (None: the tier's title).

    `patrons` are the members who are entitled to it now; None: nobody has been read yet.
    """

    tier: Tier
    name: str | None
    campaign_name: str
    currency: str
    patrons: int | None

    @property
    def title(self) -> str:
        """What the guild calls it."""
        return self.tier.title if self.name is None else self.name

    @property
    def is_unused(self) -> bool:
        """Whether nobody is entitled to it."""
        return self.patrons == 0


class Lookups:
    """What a guild's campaigns consist of. Nothing of any other campaign is ever found."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def campaigns(self, guild_id: int) -> list[CampaignView]:
        """The campaigns that the guild follows, by name.

        Raises:
            UserError: it follows none.
        """
        async with self._store.read() as work:
            links = await _links(work, guild_id)
            views = [
                CampaignView(
                    link=link,
                    stored=await work.campaigns.get(link.campaign_id),
                    totals=await work.members.totals([link.campaign_id]),
                    tier_count=sum(
                        tier.is_published
                        for tier in (await work.campaigns.tiers(link.campaign_id)).values()
                    ),
                )
                for link in links.values()
            ]
        return sorted(views, key=lambda view: _sort_name(view.stored, view.link.campaign_id))

    async def tiers(self, guild_id: int) -> list[TierView]:
        """The tiers of the guild's campaigns: by campaign, hidden ones last, cheapest first.

        Raises:
            UserError: the guild follows no campaign.
        """
        async with self._store.read() as work:
            links = await _links(work, guild_id)
            names = await work.tier_names.of_guild(guild_id)
            found: list[tuple[str, TierView]] = []
            for campaign_id in links:
                stored = await work.campaigns.get(campaign_id)
                if stored is None:
                    continue
                totals = await work.members.totals([campaign_id])
                was_read = stored.baseline_at is not None
                place = _sort_name(stored, campaign_id)
                found += [
                    (
                        place,
                        TierView(
                            tier=tier,
                            name=names.get(tier.id),
                            campaign_name=stored.campaign.name,
                            currency=stored.campaign.currency,
                            patrons=totals.by_tier.get(tier.id, 0) if was_read else None,
                        ),
                    )
                    for tier in (await work.campaigns.tiers(campaign_id)).values()
                ]
        # Sorting is stable: within each kind, the cheapest stays first.
        found.sort(key=lambda each: (each[0], not each[1].tier.is_published))
        return [view for _, view in found]

    async def rename_tier(
        self, guild_id: int, tier_id: str, typed: str, *, by: Person
    ) -> tuple[Tier, str | None]:
        """Call a tier of the guild's campaigns by another name there; nothing typed: as Patreon.

        Gives the tier as Patreon has it, and the name.

        Raises:
            UserError: there is no such tier, or the name cannot be one.
        """
        name = read_name(typed)
        at = self._clock()
        async with self._store.write() as work:
            tier = None
            for campaign_id in await _links(work, guild_id):
                tier = tier or (await work.campaigns.tiers(campaign_id)).get(tier_id)
            if tier is None:
                raise UserError("There is no such tier. Pick one that is suggested.")
            if name == tier.title:
                name = None
            before = (await work.tier_names.of_guild(guild_id)).get(tier_id)
            if name != before:
                await work.tier_names.save(guild_id, tier_id, name, at=at)
                await work.audit.add(
                    AuditEntry(
                        at=at,
                        guild_id=guild_id,
                        user_id=by.user_id,
                        action="tier.renamed" if name else "tier.name_reset",
                        detail=f"Tier {tier.title} ({tier.id})" + (f": {name}." if name else "."),
                    )
                )
                log.info("tier renamed", extra={"guild": guild_id, "tier": tier_id})
        return tier, name


async def _links(work: Work, guild_id: int) -> dict[str, Link]:
    links = {link.campaign_id: link for link in await work.links.of_guild(guild_id)}
    if not links:
        raise UserError(not_linked())
    return links


def _sort_name(stored: StoredCampaign | None, campaign_id: str) -> str:
    name = stored.campaign.name.casefold() if stored else ""
    return f"{name}\0{campaign_id}"
