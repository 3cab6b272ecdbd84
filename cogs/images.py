"""`/patreon images`: fetch what is missing, and see how the pictures are."""

from collections.abc import Sequence

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.guards import permitted_guild
from cogs.images_words import (
    images_embed,
    refreshed_embed,
    refreshing_embed,
    refreshing_long_embed,
)
from cogs.progress import LiveReply
from core.gallery import ImagesReport
from core.image_words import KINDS
from core.images import ImageKind
from core.rights import Right

_MODELS = [app_commands.Choice(name=name, value=name) for name in KINDS]


class ImageCommands(CommandArea):
    """The commands that look after the pictures."""

    images = app_commands.Group(
        name="images", description="The pictures that the bot keeps of Patreon's"
    )

    @images.command(name="refresh")
    @app_commands.describe(
        model="Only pictures of this kind (default: all)",
        force="Fetch those that are here already, too",
    )
    @app_commands.choices(model=_MODELS)
    async def refresh_images(
        self,
        interaction: discord.Interaction,
        model: app_commands.Choice[str] | None = None,
        force: bool = False,
    ) -> None:
        """Fetch the pictures that are missing from Patreon now."""
        desk = self.desk
        guild_id = await permitted_guild(interaction, desk.services, Right.ADMINISTRATE)
        await interaction.response.defer(ephemeral=True)
        started = desk.clock()
        reply = LiveReply(interaction, desk.clock, last=refreshing_long_embed)

        async def show(so_far: ImagesReport) -> None:
            await reply.show(lambda: refreshing_embed(so_far))

        report = await desk.services.gallery.refresh_of_guild(
            guild_id,
            user_id=interaction.user.id,
            kinds=_kinds(model),
            force=force,
            report=show,
        )
        await interaction.edit_original_response(
            embed=refreshed_embed(report, took=desk.clock() - started)
        )

    @images.command(name="status")
    async def show_images(self, interaction: discord.Interaction) -> None:
        """Show how many pictures are here, what they take, and what could not be had."""
        services = self.desk.services
        guild_id = await permitted_guild(interaction, services, Right.ADMINISTRATE)
        await interaction.response.defer(ephemeral=True)
        counts = await services.gallery.status_of_guild(guild_id)
        await interaction.edit_original_response(
            embed=images_embed(counts, max_bytes=services.gallery.max_bytes)
        )


def _kinds(model: app_commands.Choice[str] | None) -> Sequence[ImageKind]:
    return tuple(ImageKind) if model is None else (KINDS[model.value],)
