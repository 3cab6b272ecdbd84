"""The commands for everybody in the server, about themselves: `/patron`."""

import io

import discord
from discord import app_commands
from discord.ext import commands

from cogs.audit_buttons import MOST_BYTES
from cogs.base import CommandArea
from cogs.connect_buttons import link_view, show_ending
from cogs.guards import guild_of
from cogs.patron_buttons import about_presser, show_me, show_privacy, show_question
from cogs.patron_words import (
    export_sentence,
    invitation_embed,
    unknown_sentence,
    unlinked_sentence,
)
from core.consents import Purpose
from core.errors import UserError


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
class Patron(
    CommandArea,
    commands.GroupCog,
    group_name="patron",
    group_description="Your own Patreon membership: what the bot knows and says about you",
):
    """Everything under `/patron`: no right is asked, because everybody acts for themselves.

    Whose data it is comes from Discord alone (the interaction's user), never from an option.
    """

    @app_commands.command()
    async def me(self, interaction: discord.Interaction) -> None:
        """Show what the bot knows about you."""
        guild_id = guild_of(interaction)
        await interaction.response.defer(ephemeral=True)
        await show_me(interaction, self.desk.services, guild_id)

    @app_commands.command()
    async def export(self, interaction: discord.Interaction) -> None:
        """Get everything that the bot knows about you as a file."""
        guild_id = guild_of(interaction)
        services = self.desk.services
        await interaction.response.defer(ephemeral=True)
        data = await services.patrons.export(guild_id, interaction.user.id)
        if data is None:
            can_link = services.consent.addresses is not None
            raise UserError(unknown_sentence(can_link=can_link))
        if len(data) > MOST_BYTES:
            raise UserError(
                "What is stored about you is larger than Discord's files may be. Ask whoever "
                "runs this bot for it."
            )
        name = f"patreon-data-{self.desk.clock():%Y-%m-%d}.json"
        await interaction.edit_original_response(
            content=export_sentence(name),
            attachments=[discord.File(io.BytesIO(data), filename=name)],
        )

    @app_commands.command()
    async def forget(self, interaction: discord.Interaction) -> None:
        """Make the bot forget you; says first what is deleted and what stays."""
        guild_id = guild_of(interaction)
        await interaction.response.defer(ephemeral=True)
        about = await about_presser(interaction, self.desk.services, guild_id)
        await show_question(interaction, about)

    @app_commands.command()
    async def privacy(self, interaction: discord.Interaction) -> None:
        """Choose whether announcements may name you and your tier."""
        guild_id = guild_of(interaction)
        await interaction.response.defer(ephemeral=True)
        about = await about_presser(interaction, self.desk.services, guild_id)
        await show_privacy(interaction, about.privacy)

    @app_commands.command()
    async def link(self, interaction: discord.Interaction) -> None:
        """Prove in your browser which Patreon account is yours."""
        guild_id = guild_of(interaction)
        await interaction.response.defer(ephemeral=True)
        consent = self.desk.services.consent
        invitation = await consent.begin(
            Purpose.PATRON,
            guild_id=guild_id,
            user_id=interaction.user.id,
            user_name=interaction.user.display_name,
            guild_name=interaction.guild.name if interaction.guild is not None else "",
        )
        me = interaction.client.user
        await interaction.edit_original_response(
            embed=invitation_embed(invitation.expires_at, bot_name=me.name if me else ""),
            view=link_view(invitation),
        )
        await show_ending(interaction, consent, invitation, Purpose.PATRON)

    @app_commands.command()
    async def unlink(self, interaction: discord.Interaction) -> None:
        """Take back the proof that `/patron link` gave."""
        guild_id = guild_of(interaction)
        await interaction.response.defer(ephemeral=True)
        was_linked = await self.desk.services.patrons.unlink(guild_id, interaction.user.id)
        await interaction.edit_original_response(content=unlinked_sentence(was_linked=was_linked))
