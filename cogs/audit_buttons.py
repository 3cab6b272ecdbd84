"""The buttons below a page of the audit, now and after a restart."""

import io
import re
from typing import Any, Self

import discord
from discord import ui

from cogs.audit_lists import TEMPLATE, AuditList, Turn, decode
from cogs.audit_words import audit_embed, export_sentence, file_name
from cogs.base import Desk, desk_of
from cogs.guards import permitted_guild
from cogs.replies import report
from core.audit import AuditPage
from core.rights import Right

MOST_BYTES = 8 * 1024 * 1024
"""A bot may attach 10 MiB. Source: docs.discord.com, "Uploading Files"."""

_LABELS = {
    Turn.NEWEST: ("Newest", "⏮️"),
    Turn.NEWER: ("Newer", "◀️"),
    Turn.OLDER: ("Older", "▶️"),
    Turn.CSV: ("Export (CSV)", "📄"),
}


class AuditButton(ui.DynamicItem[ui.Button[ui.View]], template=TEMPLATE):
    """A button whose custom id says everything: it needs no memory of its message."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        """Take any button of the audit; what it says is read when it is pressed."""
        return cls(ui.Button(custom_id=match.string))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show another page or export the list, to who may administrate this guild."""
        try:
            desk = desk_of(interaction)
            guild_id = await permitted_guild(interaction, desk.services, Right.ADMINISTRATE)
            turn, edge_id, listed = decode(self.custom_id)
            if turn is Turn.CSV:
                await interaction.response.defer(ephemeral=True, thinking=True)
                await _export(interaction, desk, guild_id, listed)
                return
            await interaction.response.defer()
            page = await desk.services.audit.page(listed.query(guild_id, turn, edge_id))
            await show(interaction, page, listed)
        except Exception as error:  # noqa: BLE001  a door: discord.py would only log it
            await report(interaction, error)


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
