"""The buttons below an examination, now and after a restart."""

import re
from typing import Any

import discord
from discord import ui

from cogs.base import Desk
from cogs.doctor_facts import guild_facts
from cogs.doctor_words import doctor_embed, pages
from cogs.lasting import LastingItem
from core.doctor.examine import Examination
from core.errors import UserError

TEMPLATE = re.compile(r"doctor\d*\|.*", re.DOTALL)
"""Custom ids of the buttons, of this and of other versions."""

_VERSION = "doctor1"
_AGAIN = "again"
_MOST_PAGES = 99
_PAGE = re.compile(r"[0-9]{1,2}")


class DoctorButton(LastingItem[ui.Button[ui.View]], template=TEMPLATE):
    """Turns to a page or examines again; its custom id says which."""

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Show another page, to who may administrate this guild."""
        page = decode(self.custom_id)
        await interaction.response.defer()
        latest = desk.services.doctor.latest(guild_id)
        if page is None or latest is None:
            await examine_and_show(interaction, desk, guild_id, page or 0)
        else:
            await _show(interaction, latest, page)


async def examine_and_show(
    interaction: discord.Interaction[Any], desk: Desk, guild_id: int, page: int = 0
) -> None:
    """Examine for the server in which somebody asks, and put a page into the reply."""
    doctor = desk.services.doctor
    links = await doctor.links_of(guild_id)
    facts = guild_facts(interaction.client.get_guild(guild_id), guild_id, links)
    await _show(interaction, await doctor.examine(facts, desk.connection()), page)


def encode(page: int | None) -> str:
    """Write a page, or None for "examine again", as a custom id."""
    return f"{_VERSION}|{_AGAIN if page is None else page}"


def decode(custom_id: str) -> int | None:
    """Read what `encode` wrote.

    Raises:
        UserError: it was written by another version of the bot, or by somebody else.
    """
    version, _, what = custom_id.partition("|")
    if version == _VERSION and what == _AGAIN:
        return None
    if version != _VERSION or not _PAGE.fullmatch(what):
        raise UserError("This examination is out of date. Use `/patreon doctor` again.")
    return int(what)


async def _show(interaction: discord.Interaction[Any], done: Examination, page: int) -> None:
    count = len(pages(done.checks))
    view = _buttons(min(page, count - 1), count)
    await interaction.edit_original_response(embed=doctor_embed(done, page), view=view)


def _buttons(page: int, count: int) -> ui.View:
    view = ui.View(timeout=None)
    for label, emoji, turned in (("Back", "◀️", page - 1), ("Next", "▶️", page + 1)):
        if 0 <= turned < min(count, _MOST_PAGES):
            view.add_item(_button(label, emoji, turned))
    view.add_item(_button("Run again", "🔄", None))
    return view


def _button(label: str, emoji: str, page: int | None) -> DoctorButton:
    button: ui.Button[ui.View] = ui.Button(label=label, emoji=emoji, custom_id=encode(page))
    return DoctorButton(button)
