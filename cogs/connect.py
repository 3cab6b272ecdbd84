"""`/patreon connect` and `/patreon disconnect`: creators' accounts come and go."""

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.connect_buttons import link_view, show_accounts, show_ending
from cogs.connect_words import invitation_embed
from cogs.guards import permitted_guild
from core.consents import Purpose
from core.rights import Right


class ConnectCommands(CommandArea):
    """The commands that connect accounts and disconnect them."""

    @app_commands.command()
    async def connect(self, interaction: discord.Interaction) -> None:
        """Connect a creator's Patreon account in your browser."""
        services = self.desk.services
        guild_id = await permitted_guild(interaction, services, Right.ADMINISTRATE)
        await interaction.response.defer(ephemeral=True)
        server_name = interaction.guild.name if interaction.guild is not None else ""
        invitation = await services.consent.begin(
            Purpose.CONNECT,
            guild_id=guild_id,
            user_id=interaction.user.id,
            user_name=interaction.user.display_name,
            guild_name=server_name,
        )
        await interaction.edit_original_response(
            embed=invitation_embed(invitation.expires_at, server_name=server_name),
            view=link_view(invitation),
        )
        await show_ending(interaction, services.consent, invitation, Purpose.CONNECT)

    @app_commands.command()
    async def disconnect(self, interaction: discord.Interaction) -> None:
        """Disconnect a Patreon account from this server; asks first."""
        guild_id = await permitted_guild(interaction, self.desk.services, Right.ADMINISTRATE)
        await interaction.response.defer(ephemeral=True)
        await show_accounts(interaction, self.desk.services, guild_id)
