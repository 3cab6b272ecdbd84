"""`/patreon sync`: bring the local copy up to date."""

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.brake_words import question_buttons
from cogs.guards import permitted_guild
from cogs.progress import ProgressReply
from cogs.sync_words import report_embed
from core.rights import Right


class SyncCommands(CommandArea):
    """The command that syncs."""

    @app_commands.command()
    async def sync(self, interaction: discord.Interaction) -> None:
        """Read campaigns, tiers, members and posts from Patreon now."""
        guild_id = await permitted_guild(interaction, self.desk.services, Right.SEE_MEMBERS)
        await interaction.response.defer(ephemeral=True)
        progress = ProgressReply(interaction, self.desk.clock)
        reports = await self.desk.services.sync.of_guild(
            guild_id, user_id=interaction.user.id, progress=progress
        )
        await interaction.edit_original_response(
            embed=report_embed(reports, guild_id=guild_id),
            view=question_buttons([(r.campaign_id, r.campaign_name, r.question) for r in reports]),
        )
