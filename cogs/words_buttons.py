"""The buttons below words that are being written, now and after a restart."""

from typing import Any

import discord
from discord import ui

from cogs.base import Desk
from cogs.lasting import LastingItem
from cogs.words_draft import buttons, preview_embed, read_draft, reset_text, saved_text
from cogs.words_form import open_form
from cogs.words_ids import BUTTONS, Act, read_button
from core.errors import UserError
from core.words import Slot, Words


class WordsButton(LastingItem[ui.Button[ui.View]], template=BUTTONS):
    """A button that works on the words that its own message keeps."""

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Save, edit or reset, for who may change this guild's words."""
        act, slot = read_button(self.custom_id)
        content = interaction.message.content if interaction.message else ""
        draft = read_draft(content)
        match act:
            case Act.EDIT:
                words = draft or await desk.services.wording.current(guild_id, slot)
                await open_form(interaction, slot, words)
            case Act.SAVE:
                await interaction.response.defer()
                await _save(interaction, desk, guild_id, slot, draft)
            case Act.RESET:
                await interaction.response.defer()
                await reset(interaction, desk, guild_id, slot)


async def reset(
    interaction: discord.Interaction[Any], desk: Desk, guild_id: int, slot: Slot
) -> None:
    """Go back to the built-in words and show them in the reply.

    Raises:
        UserError: the guild has no such link.
    """
    preview = await desk.services.wording.reset(guild_id, slot, by=interaction.user.id)
    await interaction.edit_original_response(
        content=reset_text(preview), embed=preview_embed(preview), view=buttons(slot, Act.EDIT)
    )


async def _save(
    interaction: discord.Interaction[Any],
    desk: Desk,
    guild_id: int,
    slot: Slot,
    draft: Words | None,
) -> None:
    if draft is None:
        raise UserError("This message keeps no words. Use `/patreon words edit` again.")
    preview = await desk.services.wording.save(guild_id, slot, draft, by=interaction.user.id)
    await interaction.edit_original_response(
        content=saved_text(preview),
        embed=preview_embed(preview),
        view=buttons(slot, Act.EDIT, Act.RESET),
    )
