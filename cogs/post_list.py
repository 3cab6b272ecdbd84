"""The list of `/patreon posts`, and the buttons below it, now and after a restart."""

from dataclasses import replace
from typing import Any

import discord
from discord import ui

from cogs.base import Desk
from cogs.guards import guild_of, person_of
from cogs.lasting import LastingItem
from cogs.post_doors import check_may, take
from cogs.post_list_ids import BUTTONS, PAGE, PostList, Press, decode_list
from cogs.post_list_views import list_embed, list_view
from core.draft_rows import DraftPage, Pause
from core.drafts import DraftState
from core.services import Services


class PostListButton(LastingItem[ui.Button[ui.View]], template=BUTTONS):
    """A button that turns the list's pages, or holds all scheduled posts back."""

    right = None

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Do what the button says, for who may compose or approve posts in this guild."""
        press, wanted = decode_list(self.custom_id)
        composing, by = desk.services.composing, person_of(interaction)
        await check_may(interaction, desk.services)
        await take(interaction)
        note = ""
        if press is Press.PAUSE:
            is_new = await composing.pause(guild_id, by)
            note = "⏸️ Scheduled posts wait now." if is_new else "⏸️ They wait already."
        if press is Press.RESUME:
            is_new = await composing.resume(guild_id, by)
            note = "▶️ Scheduled posts go out again." if is_new else "▶️ Nothing held them back."
        await show_list(interaction, desk.services, wanted, note=note)


async def show_list(
    interaction: discord.Interaction[Any], services: Services, wanted: PostList, *, note: str = ""
) -> None:
    """Put a page of the list into the reply.

    Raises:
        UserError: the person may not see posts here.
    """
    guild_id, by = guild_of(interaction), person_of(interaction)
    page = await services.composing.listed(by, wanted.query(guild_id))
    if not page.lines and wanted.offset:
        wanted = replace(wanted, offset=max(page.matching - 1, 0) // PAGE * PAGE)
        page = await services.composing.listed(by, wanted.query(guild_id))
    unused = await services.composing.unused(guild_id, by)
    has_scheduled, pause = await _pause(interaction, services, page)
    await interaction.edit_original_response(
        content=None,
        embeds=[list_embed(page, wanted, unused=len(unused), pause=pause, note=note)],
        view=list_view(page, wanted, unused, is_paused=bool(pause) if has_scheduled else None),
        attachments=[],
    )


async def _pause(
    interaction: discord.Interaction[Any], services: Services, page: DraftPage
) -> tuple[bool, Pause | None]:
    """Tell whether the page has scheduled posts, and whether they are held back."""
    for line in page.lines:
        if line.state is DraftState.SCHEDULED:
            view = await services.composing.get(
                guild_of(interaction), person_of(interaction), line.id
            )
            return True, view.pause
    return False, None
