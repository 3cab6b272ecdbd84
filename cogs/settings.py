"""`/patreon settings`: what is shown where, everything at once."""

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.guards import permitted_guild
from cogs.setup_ids import Page
from cogs.setup_panel import show
from core.errors import UserError
from core.rights import Right
from core.roster import not_linked


class SettingsCommands(CommandArea):
    """The command that opens the settings."""

    @app_commands.command()
    async def settings(self, interaction: discord.Interaction) -> None:
        """See and change channels, what is announced, and whether amounts are named."""
        services = self.desk.services
        guild_id = await permitted_guild(interaction, services, Right.ADMINISTRATE)
        await interaction.response.defer(ephemeral=True)
        if not (await services.settings.of_guild(guild_id)).followed:
            raise UserError(not_linked())
        await show(interaction, services, Page.SETTINGS)
