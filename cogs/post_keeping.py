"""Keeping forms of posts before anything else is done with them.

What somebody typed is never lost: it is in the database before it is read, and when even that
fails, it goes back to them as a file.
"""

import asyncio
import io
import logging
from typing import Any

import discord

from cogs.faults import FAULTS
from cogs.guards import guild_of
from cogs.post_doors import take
from cogs.post_fields import Filled
from cogs.post_forms import AUDIENCE
from cogs.replies import report
from core.errors import TemporaryError
from core.services import Services

log = logging.getLogger(__name__)

_ANSWER_AFTER_SECONDS = 1.0
"""Keeping a form may take this long before Discord is told to wait: it does so for three."""

_PATIENCE_SECONDS = 30.0
_AT_THE_END_SECONDS = 2.0


async def keep(interaction: discord.Interaction[Any], services: Services, filled: Filled) -> None:
    """Bring a form to the database, and tell Discord to wait for the answer.

    Raises:
        BotError: it could not be kept, or Discord was not told: then it shows the form still, and
            who sends it once more must not get the same thing twice.
    """
    untold: Exception | None = None
    keeping = asyncio.create_task(
        services.composing.keep(
            guild_of(interaction),
            interaction.user.id,
            interaction.id,
            custom_id=filled.custom_id,
            fields=filled.answers(),
            channel_id=interaction.channel_id,
            message_id=interaction.message.id if interaction.message else None,
        )
    )
    try:
        await asyncio.wait({keeping}, timeout=_ANSWER_AFTER_SECONDS)
        await take(interaction)
    except FAULTS as error:
        # What was sent is kept all the same.
        untold = error
    finally:
        patience = _AT_THE_END_SECONDS if _is_ending() else _PATIENCE_SECONDS
        await asyncio.wait({keeping}, timeout=patience)
        if not keeping.done():
            keeping.cancel()
    try:
        await keeping
    except asyncio.CancelledError as error:
        if _is_ending():
            raise
        raise TemporaryError("The database did not answer in time.") from error
    if untold is not None:
        log.warning("form not answered", extra={"reason": type(untold).__name__})
        raise TemporaryError(
            "Discord was not answered in time. Your form is kept: see `/patreon posts`."
        ) from untold


def _is_ending() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def give_back(
    interaction: discord.Interaction[Any], filled: Filled, error: Exception
) -> None:
    """Give what was typed back as a file when it could not be kept, or cannot be used."""
    await report(interaction, error)
    typed = [text for name, text in filled.texts.items() if name != AUDIENCE and text]
    if not typed:
        return
    content = "\n\n".join(typed).encode(errors="replace")
    file = discord.File(io.BytesIO(content), filename="post.md")
    sentence = "Nothing was done with it. This is what you typed."
    try:
        await interaction.followup.send(sentence, file=file, ephemeral=True)
    except FAULTS as another:
        log.warning("text not given back", extra={"reason": type(another).__name__})
