"""`/patreon campaigns`, `/patreon tiers` and `/patreon tier-name`."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.guards import permitted_guild, person_of
from cogs.lookups_buttons import show
from cogs.lookups_pages import Listing, ListPlace
from cogs.lookups_tier_words import renamed_sentence
from cogs.members import find_tier, tier_choices
from core.errors import BotError
from core.lookups import TierView
from core.members import Tier
from core.rights import Right

log = logging.getLogger(__name__)


class LookupCommands(CommandArea):
    """The commands that list campaigns and tiers, and name a tier."""

    @app_commands.command()
    async def campaigns(self, interaction: discord.Interaction) -> None:
        """Show the campaigns that this server follows, and where they are shown."""
        services = self.desk.services
        guild_id = await permitted_guild(interaction, services, Right.SEE_MEMBERS)
        await interaction.response.defer(ephemeral=True)
        await show(interaction, services.lookups, guild_id, ListPlace(listing=Listing.CAMPAIGNS))

    @app_commands.command()
    async def tiers(self, interaction: discord.Interaction) -> None:
        """Show the tiers with price, members, limit and benefits."""
        services = self.desk.services
        guild_id = await permitted_guild(interaction, services, Right.SEE_MEMBERS)
        await interaction.response.defer(ephemeral=True)
        await show(interaction, services.lookups, guild_id, ListPlace(listing=Listing.TIERS))

    @app_commands.command(name="tier-name")
    @app_commands.describe(
        tier="The tier to name",
        name="What this server calls it; leave it out to use Patreon's name again",
    )
    async def tier_name(
        self,
        interaction: discord.Interaction,
        tier: app_commands.Range[str, 1, 100],
        name: app_commands.Range[str, 1, 60] | None = None,
    ) -> None:
        """Call a tier by another name in this server; on Patreon it keeps its own."""
        services = self.desk.services
        guild_id = await permitted_guild(interaction, services, Right.ADMINISTRATE)
        await interaction.response.defer(ephemeral=True)
        meant = find_tier(_under_both_names(await services.lookups.tiers(guild_id)), tier)
        found, given = await services.lookups.rename_tier(
            guild_id, meant.id, name or "", by=person_of(interaction)
        )
        await interaction.edit_original_response(content=renamed_sentence(found, given))

    @tier_name.autocomplete("tier")
    async def _suggest_tiers_to_name(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        services = self.desk.services
        try:
            guild_id = await permitted_guild(interaction, services, Right.ADMINISTRATE)
            views = await services.lookups.tiers(guild_id)
        except BotError as error:
            log.debug("no tiers suggested", extra={"reason": str(error)})
            return []
        return tier_choices([_with_both_names(view) for view in views], typed)


def _with_both_names(view: TierView) -> Tier:
    if view.name is None:
        return view.tier
    return replace(view.tier, title=f"{view.name} (on Patreon: {view.tier.title})")


def _under_both_names(views: Sequence[TierView]) -> list[Tier]:
    own = [replace(view.tier, title=view.title) for view in views]
    return own + [view.tier for view in views if view.name is not None]
