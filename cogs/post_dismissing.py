"""Dismissing a form that was sent in vain."""

from typing import Any

import discord

from cogs.guards import guild_of, person_of
from cogs.post_list import show_list
from cogs.post_list_ids import PostList
from core.services import Services


async def dismiss(
    interaction: discord.Interaction[Any], services: Services, submission_id: int
) -> None:
    """Offer a form to its sender no more, and show them the list of posts.

    Raises:
        UserError: there is no such form of theirs (any more), or it was used.
    """
    guild_id, by = guild_of(interaction), person_of(interaction)
    is_new = await services.composing.dismiss(guild_id, by, submission_id)
    note = "🗑️ The form is dismissed." if is_new else "🗑️ The form was dismissed already."
    await show_list(interaction, services, PostList(), note=note)
