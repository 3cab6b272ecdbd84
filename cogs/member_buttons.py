"""The buttons that turn the pages of a member list, now and after a restart."""

from collections.abc import Set
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from cogs.base import Desk
from cogs.guards import rights_in_guild
from cogs.lasting import LastingItem
from cogs.member_pages import PAGE, TEMPLATE, ListState, Turn, decode
from cogs.member_words import members_embed
from core.rights import Right
from core.roster import RosterPage

_LABELS = {
    Turn.FIRST: ("First", "⏮️"),
    Turn.PREVIOUS: ("Prev", "◀️"),
    Turn.NEXT: ("Next", "▶️"),
    Turn.LAST: ("Last", "⏭️"),
}


class TurnButton(LastingItem[ui.Button[ui.View]], template=TEMPLATE):
    """A button whose custom id says everything: it needs no memory of its message."""

    right = Right.SEE_MEMBERS

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Show the page that the button stands for, to who may see it in this guild."""
        services = desk.services
        state = decode(self.custom_id)
        await interaction.response.defer()
        rights = await rights_in_guild(interaction, services)
        page = await services.roster.page(guild_id, state.query())
        await show(interaction, page, state, rights)


async def show(
    interaction: discord.Interaction, answer: RosterPage, state: ListState, rights: Set[Right]
) -> None:
    """Put a page and its buttons into the reply, with the amounts that `rights` allow."""
    await interaction.edit_original_response(
        embed=members_embed(answer, state, rights), view=buttons(answer, state)
    )


def buttons(answer: RosterPage, state: ListState) -> ui.View | None:
    """Make the buttons of a page, those that lead nowhere disabled; None for a single page."""
    matching, here = answer.page.matching, answer.query.offset
    if matching <= PAGE:
        return None
    shown = replace(state, offset=here)
    view = ui.View(timeout=None)
    for turn, (label, emoji) in _LABELS.items():
        target = shown.turned(turn, matching=matching)
        button: ui.Button[ui.View] = ui.Button(
            label=label,
            emoji=emoji,
            custom_id=target.encode(turn),
            disabled=target.offset == here,
        )
        view.add_item(TurnButton(button))
    return view
