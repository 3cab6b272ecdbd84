"""`/patreon permissions`: who may do what, explained and changed."""

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.permissions_buttons import show


class PermissionCommands(CommandArea):
    """The command that explains permissions, and changes them for who may."""

    @app_commands.command()
    async def permissions(self, interaction: discord.Interaction) -> None:
        """Explain who may do what with the bot; give rights to roles or take them."""
        await interaction.response.defer(ephemeral=True)
        await show(interaction, self.desk.services)
