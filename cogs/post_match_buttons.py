"""The buttons below the question which draft a post on Patreon is, now and after a restart."""

from typing import Any, ClassVar

import discord
from discord import ui

from cogs.base import Desk
from cogs.lasting import LastingItem
from cogs.replies import answer
from cogs.text import counted, escape
from core.brake import Presser
from core.errors import UserError
from core.names import display_name
from core.post_doubts import PRESS_ID, Answered
from core.rights import Right

_LONGEST_TITLE = 200


class PostMatchButton(LastingItem[ui.Button[ui.View]], template=PRESS_ID):
    """A button that says which draft the post is."""

    right: ClassVar[Right | None] = Right.APPROVE

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Take the answer; only the person is told what came of it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        match = PRESS_ID.fullmatch(self.custom_id)
        if match is None:
            raise UserError("This button is from another version of the bot.")
        done = await desk.services.post_doubts.answer(
            match["post"],
            int(match["draft"]),
            guild_id=guild_id,
            by=Presser(
                name=display_name(interaction.user.display_name),
                guild_id=guild_id,
                user_id=interaction.user.id,
            ),
        )
        await answer(interaction, answered_sentence(done))


def answered_sentence(done: Answered) -> str:
    """Say what came of an answer."""
    told = (
        f" It is announced in {counted(done.announced, 'channel')} that waited."
        if done.announced
        else ""
    )
    if done.draft is None:
        return f"The post is none of these drafts.{told}"
    title = escape(done.draft.content.title, _LONGEST_TITLE)
    return f"The post is “{title}”: its messages lead to Patreon now.{told}"
