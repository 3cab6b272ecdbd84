"""`/patreon status`: how the bot is doing."""

from collections import Counter

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.guards import moderated_guild
from cogs.status_words import status_embed


class StatusCommands(CommandArea):
    """The command that reports."""

    @app_commands.command()
    async def status(self, interaction: discord.Interaction) -> None:
        """Show whether everything works, and what to do if it does not."""
        services = self.desk.services
        guild_id = moderated_guild(interaction, services)
        await interaction.response.defer(ephemeral=True)
        report = await services.status.of_guild(guild_id)
        tiers = await services.roster.tiers(guild_id)
        embed = status_embed(
            report,
            self.desk.connection(),
            guild_id=guild_id,
            tier_counts=Counter(tier.campaign_id for tier in tiers),
            now=self.desk.clock(),
        )
        await interaction.edit_original_response(embed=embed)
