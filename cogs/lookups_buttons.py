"""Lists of campaigns and tiers in a reply, and the buttons that turn their pages."""

from typing import Any

import discord
from discord import ui

from cogs.base import Desk
from cogs.lasting import LastingItem
from cogs.lookups_campaign_words import campaigns_embed
from cogs.lookups_pages import PAGE, TEMPLATE, Listing, ListPlace, Turn, decode
from cogs.lookups_tier_words import tiers_embed
from core.lookups import Lookups
from core.rights import Right

_LABELS = {Turn.PREVIOUS: ("Prev", "◀️"), Turn.NEXT: ("Next", "▶️")}


class LookupButton(LastingItem[ui.Button[ui.View]], template=TEMPLATE):
    """A button whose custom id says everything: it needs no memory of its message."""

    right = Right.SEE_MEMBERS

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Show the page that the button stands for, to who may see it in this guild."""
        place = decode(self.custom_id)
        await interaction.response.defer()
        await show(interaction, desk.services.lookups, guild_id, place)


async def show(
    interaction: discord.Interaction, lookups: Lookups, guild_id: int, place: ListPlace
) -> None:
    """Put a page of a guild's list and its buttons into the reply."""
    if place.listing is Listing.CAMPAIGNS:
        campaigns = await lookups.campaigns(guild_id)
        count, place = len(campaigns), place.fitting(len(campaigns))
        embed = campaigns_embed(campaigns, place)
    else:
        tiers = await lookups.tiers(guild_id)
        count, place = len(tiers), place.fitting(len(tiers))
        embed = tiers_embed(tiers, place)
    await interaction.edit_original_response(embed=embed, view=_buttons(place, count))


def _buttons(place: ListPlace, count: int) -> ui.View | None:
    if count <= PAGE:
        return None
    view = ui.View(timeout=None)
    for turn, (label, emoji) in _LABELS.items():
        target = place.turned(turn).fitting(count)
        button: ui.Button[ui.View] = ui.Button(
            label=label,
            emoji=emoji,
            custom_id=target.encode(turn),
            disabled=target == place,
        )
        view.add_item(LookupButton(button))
    return view
