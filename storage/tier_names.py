"""The names that guilds gave to tiers."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from core.tier_names import Names
from storage.connection import Connection
from storage.tables import guilds, tier_names, tiers

_OF_CAMPAIGN = (
    select(tier_names)
    .join(tiers, tiers.c.id == tier_names.c.tier_id)
    .where(tiers.c.campaign_id == bindparam("campaign"))
)


class SqlTierNames:
    """Implements `core.tier_names.TierNames`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of_guild(self, guild_id: int) -> Names:
        """What a guild calls tiers."""
        rows = await self._connection.all(
            select(tier_names.c.tier_id, tier_names.c.name).where(tier_names.c.guild_id == guild_id)
        )
        return {row.tier_id: row.name for row in rows}

    async def of_campaign(self, campaign_id: str) -> Mapping[int, Names]:
        """What every guild calls a campaign's tiers, by guild; guilds without a name left out."""
        found: defaultdict[int, dict[str, str]] = defaultdict(dict)
        for row in await self._connection.all(_OF_CAMPAIGN, {"campaign": campaign_id}):
            found[row.guild_id][row.tier_id] = row.name
        return found

    async def save(self, guild_id: int, tier_id: str, name: str | None, *, at: datetime) -> None:
        """Give a tier a name in a guild, or take it away (None)."""
        is_it = (tier_names.c.guild_id == guild_id) & (tier_names.c.tier_id == tier_id)
        if name is None:
            await self._connection.run(delete(tier_names).where(is_it))
            return
        await self._connection.run(
            self._connection.insert(guilds)
            .values(id=guild_id, added_at=at)
            .on_conflict_do_nothing()
        )
        statement = self._connection.insert(tier_names).values(
            guild_id=guild_id, tier_id=tier_id, name=name
        )
        await self._connection.run(
            statement.on_conflict_do_update(
                index_elements=["guild_id", "tier_id"], set_={"name": statement.excluded.name}
            )
        )
