"""`/patreon words`: what announcements say."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.base import CommandArea
from cogs.guards import permitted_guild
from cogs.text import cut, escape, plain
from cogs.words_buttons import reset
from cogs.words_draft import KIND_NAMES
from cogs.words_form import is_form, open_form, receive
from cogs.words_list import words_embed
from core.changes import Kind
from core.errors import BotError, TemporaryError, UserError
from core.rights import Right
from core.services import Services
from core.wording import Followed
from core.words import Slot, Variant

log = logging.getLogger(__name__)

MOST_CHOICES = 25
LONGEST_CHOICE = 100
"""Source: docs.discord.com, "Application Commands"."""

_FORM_SECONDS = 2.0
"""A form is the first answer or none, and Discord waits three seconds for that one.

Source: docs.discord.com, "Receiving and Responding".
"""

_KINDS = [app_commands.Choice(name=name, value=kind.value) for kind, name in KIND_NAMES.items()]
_VARIANTS = [
    app_commands.Choice(name="public (the feed)", value=Variant.PUBLIC.value),
    app_commands.Choice(name="staff (the staff channel)", value=Variant.STAFF.value),
]
_DESCRIBED = app_commands.describe(
    kind="Which announcements",
    variant="Who reads them (default: public)",
    campaign="Which campaign, when this server follows several",
)


class WordsCommands(CommandArea):
    """The commands that show and change the words of announcements."""

    words = app_commands.Group(name="words", description="What announcements say")

    @words.command(name="show")
    @app_commands.describe(campaign="Which campaign, when this server follows several")
    async def show_words(
        self,
        interaction: discord.Interaction,
        campaign: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Show the words of every kind of announcement, and the variables they may name."""
        services = self.desk.services
        guild_id = await permitted_guild(interaction, services, Right.ADMINISTRATE)
        await interaction.response.defer(ephemeral=True)
        link_id = await _link_id(services, guild_id, campaign)
        listed = await services.wording.listed(guild_id, link_id)
        await interaction.edit_original_response(embed=words_embed(listed))

    @words.command(name="edit")
    @_DESCRIBED
    @app_commands.choices(kind=_KINDS, variant=_VARIANTS)
    async def edit_words(
        self,
        interaction: discord.Interaction,
        kind: app_commands.Choice[str],
        variant: app_commands.Choice[str] | None = None,
        campaign: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Write your own words for a kind of announcement, with a preview before saving."""
        try:
            async with asyncio.timeout(_FORM_SECONDS):
                guild_id = await permitted_guild(
                    interaction, self.desk.services, Right.ADMINISTRATE
                )
                slot = await _slot(self.desk.services, guild_id, kind, variant, campaign)
                current = await self.desk.services.wording.current(guild_id, slot)
        except TimeoutError as error:
            raise TemporaryError("The database did not answer in time.") from error
        await open_form(interaction, slot, current)

    @words.command(name="reset")
    @_DESCRIBED
    @app_commands.choices(kind=_KINDS, variant=_VARIANTS)
    async def reset_words(
        self,
        interaction: discord.Interaction,
        kind: app_commands.Choice[str],
        variant: app_commands.Choice[str] | None = None,
        campaign: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Use the built-in words again for a kind of announcement."""
        guild_id = await permitted_guild(interaction, self.desk.services, Right.ADMINISTRATE)
        await interaction.response.defer(ephemeral=True)
        slot = await _slot(self.desk.services, guild_id, kind, variant, campaign)
        await reset(interaction, self.desk, guild_id, slot)

    @show_words.autocomplete("campaign")
    @edit_words.autocomplete("campaign")
    @reset_words.autocomplete("campaign")
    async def _suggest_worded_campaigns(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        try:
            guild_id = await permitted_guild(interaction, self.desk.services, Right.ADMINISTRATE)
            followed = await self.desk.services.wording.followed(guild_id)
        except BotError as error:
            log.debug("no campaigns suggested", extra={"reason": str(error)})
            return []
        return [
            app_commands.Choice(
                name=cut(plain(one.name), LONGEST_CHOICE) or one.campaign_id, value=one.campaign_id
            )
            for one in followed
            if typed.casefold().strip() in one.name.casefold()
        ][:MOST_CHOICES]

    @commands.Cog.listener("on_interaction")
    async def _receive_words(self, interaction: discord.Interaction[Any]) -> None:
        if is_form(interaction):
            await receive(interaction)


async def _slot(
    services: Services,
    guild_id: int,
    kind: app_commands.Choice[str],
    variant: app_commands.Choice[str] | None,
    campaign: str | None,
) -> Slot:
    link_id = await _link_id(services, guild_id, campaign)
    return Slot(link_id, Kind(kind.value), Variant(variant.value if variant else "public"))


async def _link_id(services: Services, guild_id: int, typed: str | None) -> int:
    return pick(await services.wording.followed(guild_id), typed).link_id


def pick(followed: Sequence[Followed], typed: str | None) -> Followed:
    """Find the campaign that somebody means; the only one needs no name.

    Raises:
        UserError: none, or more than one, is meant; the sentence lists what there is.
    """
    wanted = plain(typed or "").casefold()
    for found in (
        [one for one in followed if one.campaign_id == typed],
        [one for one in followed if plain(one.name).casefold() == wanted],
        [one for one in followed if wanted in plain(one.name).casefold()],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise UserError(f"Name one campaign with the option `campaign`: {_names(found)}.")
    raise UserError(
        f"This server follows no campaign “{escape(typed or '', 200)}”. There are: "
        f"{_names(followed)}."
    )


def _names(followed: Sequence[Followed]) -> str:
    names = [escape(one.name, 60) for one in followed[:20]]
    return ", ".join([*names, "…"] if len(followed) > 20 else names)
