"""`/patreon status`: how the bot is doing."""

from collections import Counter

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.brake_words import question_buttons
from cogs.guards import permitted_guild
from cogs.status_words import status_embed
from core.rights import Right


class StatusCommands(CommandArea):
    """The command that reports."""

    @app_commands.command()
    async def status(self, interaction: discord.Interaction) -> None:
        """Show whether everything works, and what to do if it does not."""
        services = self.desk.services
        guild_id = await permitted_guild(interaction, services, Right.SEE_MEMBERS)
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
        questions = [
            (campaign.link.campaign_id, campaign.stored.campaign.name, campaign.question)
            for campaign in report.campaigns
            if campaign.stored is not None
        ]
        await interaction.edit_original_response(embed=embed, view=question_buttons(questions))
