"""The buttons below a page of the audit, now and after a restart."""

import io
from typing import Any

import discord
from discord import ui

from cogs.audit_lists import TEMPLATE, AuditList, Turn, decode
from cogs.audit_words import audit_embed, export_sentence, file_name
from cogs.base import Desk
from cogs.lasting import LastingItem
from core.audit import AuditPage

MOST_BYTES = 8 * 1024 * 1024
"""A bot may attach 10 MiB. Source: docs.discord.com, "Uploading Files"."""

_LABELS = {
    Turn.NEWEST: ("Newest", "⏮️"),
    Turn.NEWER: ("Newer", "◀️"),
    Turn.OLDER: ("Older", "▶️"),
    Turn.CSV: ("Export (CSV)", "📄"),
}


class AuditButton(LastingItem[ui.Button[ui.View]], template=TEMPLATE):
    """A button whose custom id says everything: it needs no memory of its message."""

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Show another page or export the list, to who may administrate this guild."""
        turn, edge_id, listed = decode(self.custom_id)
        if turn is Turn.CSV:
            await interaction.response.defer(ephemeral=True, thinking=True)
            await _export(interaction, desk, guild_id, listed)
            return
        await interaction.response.defer()
        page = await desk.services.audit.page(listed.query(guild_id, turn, edge_id))
        await show(interaction, page, listed)


async def show(interaction: discord.Interaction, page: AuditPage, listed: AuditList) -> None:
    """Put a page and its buttons into the reply."""
    await interaction.edit_original_response(
        embed=audit_embed(page, listed), view=_buttons(page, listed)
    )


async def _export(
    interaction: discord.Interaction, desk: Desk, guild_id: int, listed: AuditList
) -> None:
    export = await desk.services.audit.export(listed.query(guild_id), most_bytes=MOST_BYTES)
    name = file_name(desk.clock())
    files = [discord.File(io.BytesIO(export.csv), filename=name)] if export.count else []
    await interaction.edit_original_response(content=export_sentence(export), attachments=files)


def _buttons(page: AuditPage, listed: AuditList) -> ui.View | None:
    if not page.entries:
        return None
    view = ui.View(timeout=None)
    turns = [Turn.NEWEST, Turn.NEWER] if page.has_newer else []
    turns += [Turn.OLDER] if page.has_older else []
    for turn in (*turns, Turn.CSV):
        label, emoji = _LABELS[turn]
        button: ui.Button[ui.View] = ui.Button(
            label=label, emoji=emoji, custom_id=listed.encode(turn, page)
        )
        view.add_item(AuditButton(button))
    return view
