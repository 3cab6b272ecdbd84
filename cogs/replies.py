"""Errors in words for the person who asked, and in the log for the admin."""

import hashlib
import logging
from datetime import timedelta

import discord
from discord import app_commands

from cogs.faults import FAULTS, is_away, is_dead_interaction
from core.errors import BotError, PermanentError, TemporaryError

log = logging.getLogger(__name__)

LONGEST_ANSWER = 1_900


async def report(interaction: discord.Interaction, error: Exception) -> None:
    """Tell the person privately what went wrong; log what the admin must know.

    An interaction that can no longer be answered is no error: the person has gone on.
    """
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if is_dead_interaction(cause):
        log.debug("interaction died", extra={"interaction": interaction.id})
        return
    reference = reference_of(interaction.id)
    facts = {"reference": reference, "guild": interaction.guild_id}
    if isinstance(cause, PermanentError):
        log.warning("command refused", extra=facts | {"reason": str(cause)})
    elif is_away(cause):
        log.warning("answer not delivered", extra=facts | {"reason": type(cause).__name__})
    elif not isinstance(cause, BotError | app_commands.AppCommandError):
        log.error("command failed", exc_info=cause, extra=facts)
    await answer(interaction, word(cause, reference))


async def answer(interaction: discord.Interaction, text: str) -> None:
    """Say `text` to the person alone; it takes the place of a deferred reply."""
    try:
        if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            # Discord takes a followup to "thinking…" for an edit of it, and means to stop that.
            await interaction.edit_original_response(content=text, embeds=[], view=None)
        elif interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except FAULTS as error:
        if not is_dead_interaction(error):
            log.warning("answer not delivered", extra={"reason": type(error).__name__})


def word(error: Exception, reference: str) -> str:
    """Word an error for the person who caused it; `reference` finds it in the log."""
    if isinstance(error, TemporaryError):
        text = f"{error} {_again(error.retry_after)}"
    elif isinstance(error, BotError):
        text = str(error)
    elif isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        text = "This command has changed. Restart Discord (Ctrl+R) and try again."
    elif isinstance(error, app_commands.TransformerError):
        text = "One of the options has a value that does not fit. Pick one from the list."
    elif isinstance(error, app_commands.AppCommandError):
        text = "You cannot use this command here."
    elif is_away(error):
        text = f"Discord did not take the answer. {_again(None)}"
    else:
        text = (
            "Something went wrong in the bot. Its admin finds the details in the log under "
            f"`{reference}`."
        )
    return text if len(text) <= LONGEST_ANSWER else text[: LONGEST_ANSWER - 1] + "…"


def reference_of(interaction_id: int) -> str:
    """Give the short id under which the log tells of an interaction."""
    return hashlib.sha256(str(interaction_id).encode()).hexdigest()[:8]


def duration(span: timedelta) -> str:
    """Write a span roughly, such as "45 seconds", "3 minutes" or "2 hours"."""
    seconds = max(int(span.total_seconds()), 0)
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}s"
    return "1 second" if seconds == 1 else f"{seconds} seconds"


def _again(retry_after: timedelta | None) -> str:
    if retry_after is None:
        return "Try again in a few minutes."
    return f"Try again in {duration(max(retry_after, timedelta(seconds=1)))}."
