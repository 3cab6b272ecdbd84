"""`/patreon doctor`: everything examined, with a cure for what is wrong."""

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.doctor_buttons import examine_and_show
from cogs.guards import permitted_guild
from core.rights import Right


class DoctorCommands(CommandArea):
    """The command that examines."""

    @app_commands.command()
    async def doctor(self, interaction: discord.Interaction) -> None:
        """Examine everything that this server's feed needs, and tell how to mend what is wrong."""
        guild_id = await permitted_guild(interaction, self.desk.services, Right.ADMINISTRATE)
        await interaction.response.defer(ephemeral=True)
        await examine_and_show(interaction, self.desk, guild_id)
