"""Looking members up, within what a guild may see."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.errors import UserError
from core.listing import MemberPage, MemberQuery
from core.members import Tier
from core.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterPage:
    """A page of a guild's members with the tiers that it names.

    `query` is what was answered: its offset is moved back when the list has become shorter.
    """

    page: MemberPage
    tiers: Mapping[str, Tier]
    query: MemberQuery
    currency: str


class Roster:
    """The members of the campaigns that a guild follows."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, guild_id: int, query: MemberQuery) -> RosterPage:
        """Answer `query` for the guild's campaigns only, whatever campaigns it names.

        Raises:
            UserError: the guild follows no campaign.
        """
        async with self._store.read() as work:
            links = await work.links.of_guild(guild_id)
            if not links:
                raise UserError(not_linked(guild_id))
            campaign_ids = tuple(dict.fromkeys(link.campaign_id for link in links))
            scoped = replace(query, campaign_ids=campaign_ids)
            page = await work.members.page(scoped)
            if not page.members and page.matching:
                last = (page.matching - 1) // scoped.limit * scoped.limit
                scoped = replace(scoped, offset=last)
                page = await work.members.page(scoped)
            tiers: dict[str, Tier] = {}
            currency = "USD"
            for campaign_id in campaign_ids:
                tiers |= await work.campaigns.tiers(campaign_id)
                stored = await work.campaigns.get(campaign_id)
                currency = stored.campaign.currency if stored else currency
        return RosterPage(page=page, tiers=tiers, query=scoped, currency=currency)

    async def tiers(self, guild_id: int) -> list[Tier]:
        """The tiers of the guild's campaigns, cheapest first."""
        async with self._store.read() as work:
            links = await work.links.of_guild(guild_id)
            found: list[Tier] = []
            for campaign_id in dict.fromkeys(link.campaign_id for link in links):
                found += (await work.campaigns.tiers(campaign_id)).values()
        return found


def not_linked(guild_id: int) -> str:
    """Say that a guild follows no campaign, and the cure."""
    return (
        "This server follows no campaign yet. The bot's admin adds a `[[links]]` section with "
        f"`guild = {guild_id}` to config.toml and restarts the bot."
    )
