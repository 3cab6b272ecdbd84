"""Whoever uses a door of `/patreon post`: whether they may, and where the answer goes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord

from cogs.guards import guild_of, person_of, rights_in_guild
from core.draft_rows import DraftQuery
from core.errors import TemporaryError, UserError
from core.permissions import refusal
from core.rights import Right
from core.services import Services

FORM_SECONDS = 2.0
"""A form is the first answer or none, and Discord waits three seconds for that one.

Source: docs.discord.com, "Receiving and Responding".
"""

_LOOKED_AT = 50


async def check_may(interaction: discord.Interaction[Any], services: Services) -> None:
    """Let through who may compose or approve posts; what exactly they may is for the use cases.

    Raises:
        UserError: the person may neither, or it is not in a guild.
    """
    if not await rights_in_guild(interaction, services) & {Right.COMPOSE, Right.APPROVE}:
        raise UserError(refusal(Right.COMPOSE))


async def take(interaction: discord.Interaction[Any]) -> None:
    """Promise an answer for the person alone: in the panel that they used, else in a new one."""
    if is_own(interaction):
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)


def is_own(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether what was used is below a message that only this person sees."""
    return interaction.message is not None and interaction.message.flags.ephemeral


@asynccontextmanager
async def before_a_form() -> AsyncIterator[None]:
    """Bound what is looked up before a form opens.

    Raises:
        TemporaryError: it took too long.
    """
    try:
        async with asyncio.timeout(FORM_SECONDS):
            yield
    except TimeoutError as error:
        raise TemporaryError("The database did not answer in time.") from error


async def latest_zone(interaction: discord.Interaction[Any], services: Services) -> str:
    """Give the time zone that was used in this server last, "" when none was."""
    query = DraftQuery(guild_id=guild_of(interaction), limit=_LOOKED_AT)
    page = await services.composing.listed(person_of(interaction), query)
    return next((line.time_zone for line in page.lines if line.time_zone), "")
