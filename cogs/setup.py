"""`/patreon setup`: from an invited bot to one that announces, step by step."""

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.guards import permitted_guild
from cogs.setup_ids import Page
from cogs.setup_panel import show
from core.rights import Right


class SetupCommands(CommandArea):
    """The command that opens the panel of steps."""

    @app_commands.command()
    async def setup(self, interaction: discord.Interaction) -> None:
        """Set the bot up step by step, or look what is left to do."""
        await permitted_guild(interaction, self.desk.services, Right.ADMINISTRATE)
        await interaction.response.defer(ephemeral=True)
        await show(interaction, self.desk.services, Page.STEPS)
