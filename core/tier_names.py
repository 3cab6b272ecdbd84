"""Names that a guild gives to tiers, because Patreon's API cannot change a tier."""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from core.errors import UserError
from core.members import Tier
from core.names import visible

LONGEST = 60
"""Characters of a name."""

Names = Mapping[str, str]
"""What a guild calls tiers, by the tier's id; those with a name of their own only."""


class TierNames(Protocol):
    """The names that guilds gave to tiers."""

    async def of_guild(self, guild_id: int) -> Names:
        """What a guild calls tiers."""
        ...

    async def of_campaign(self, campaign_id: str) -> Mapping[int, Names]:
        """What every guild calls a campaign's tiers, by guild; guilds without a name left out."""
        ...

    async def save(self, guild_id: int, tier_id: str, name: str | None, *, at: datetime) -> None:
        """Give a tier a name in a guild, or take it away (None)."""
        ...


def shown_as(tiers: Mapping[str, Tier], names: Names) -> dict[str, Tier]:
    """Give tiers the titles under which a guild is shown them, in the same order."""
    return {
        tier_id: replace(tier, title=names[tier_id]) if tier_id in names else tier
        for tier_id, tier in tiers.items()
    }


def read_name(typed: str) -> str | None:
    """Read a name that somebody typed; None when nothing was typed.

    Raises:
        UserError: it is too long, or shows nothing.
    """
    name = visible(typed)
    if typed.strip() and not any(unicodedata.category(one)[0] not in "CMZ" for one in name):
        raise UserError("This name shows nothing. Type at least one visible character.")
    if len(name) > LONGEST:
        raise UserError(f"A tier's name has at most {LONGEST} characters; this has {len(name)}.")
    return name or None
