"""Lists of campaigns and tiers in a reply, and the buttons that turn their pages."""

import re
from typing import Any, Self

import discord
from discord import ui

from cogs.base import desk_of
from cogs.guards import permitted_guild
from cogs.lookups_campaign_words import campaigns_embed
from cogs.lookups_pages import PAGE, TEMPLATE, Listing, ListPlace, Turn, decode
from cogs.lookups_tier_words import tiers_embed
from cogs.replies import report
from core.lookups import Lookups
from core.rights import Right

_LABELS = {Turn.PREVIOUS: ("Prev", "◀️"), Turn.NEXT: ("Next", "▶️")}


class LookupButton(ui.DynamicItem[ui.Button[ui.View]], template=TEMPLATE):
    """A button whose custom id says everything: it needs no memory of its message."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        """Take any button of these lists; what it says is read when it is pressed."""
        return cls(ui.Button(custom_id=match.string))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the page that the button stands for, to who may see it in this guild."""
        try:
            services = desk_of(interaction).services
            guild_id = await permitted_guild(interaction, services, Right.SEE_MEMBERS)
            place = decode(self.custom_id)
            await interaction.response.defer()
            await show(interaction, services.lookups, guild_id, place)
        except Exception as error:  # noqa: BLE001  a door: discord.py would only log it
            await report(interaction, error)


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
