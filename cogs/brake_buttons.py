"""The buttons below the brake's question, now and after a restart."""

from typing import Any

import discord
from discord import ui

from cogs.base import Desk, desk_of
from cogs.brake_words import kept_sentence, question_buttons, too_late_sentence
from cogs.guards import guild_of
from cogs.lasting import LastingItem
from cogs.progress import ProgressReply
from cogs.replies import answer
from cogs.sync_words import report_embed
from core.brake import PRESS_ID, AlreadyAnswered, Choice, Presser, read_press_id
from core.names import display_name


class PressButton(LastingItem[ui.Button[ui.View]], template=PRESS_ID):
    """A button that answers the question."""

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Take the answer; only the person is told what came of it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        choice, campaign_id, version = read_press_id(self.custom_id)
        name = display_name(interaction.user.display_name)
        by = Presser(name=name, guild_id=guild_id, user_id=interaction.user.id)
        do = _keep if choice is Choice.KEEP else _apply
        try:
            await do(interaction, campaign_id, version, by)
        except AlreadyAnswered as error:
            await answer(interaction, too_late_sentence(error.question, guild_id=guild_id))


async def _keep(
    interaction: discord.Interaction, campaign_id: str, version: str, by: Presser
) -> None:
    sync = desk_of(interaction).services.sync
    question = await sync.keep_members(campaign_id, by=by, version=version)
    await answer(interaction, kept_sentence(question))


async def _apply(
    interaction: discord.Interaction, campaign_id: str, version: str, by: Presser
) -> None:
    desk = desk_of(interaction)
    done = await desk.services.sync.apply_removals(
        campaign_id, by=by, version=version, progress=ProgressReply(interaction, desk.clock)
    )
    await interaction.edit_original_response(
        embed=report_embed([done], guild_id=guild_of(interaction)),
        view=question_buttons([(campaign_id, done.campaign_name, done.question)]),
    )
