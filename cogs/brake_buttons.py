"""The buttons below the brake's question, now and after a restart."""

import asyncio
import re
from typing import Any, Self

import discord
from discord import ui

from cogs.base import DeskBot, desk_of
from cogs.brake_words import kept_sentence, question_buttons, too_late_sentence
from cogs.guards import guild_of, permitted_guild
from cogs.progress import ProgressReply
from cogs.replies import answer, report
from cogs.sync_words import report_embed
from core.brake import PRESS_ID, AlreadyAnswered, Choice, Presser, read_press_id
from core.names import display_name
from core.rights import Right


class PressButton(ui.DynamicItem[ui.Button[ui.View]], template=PRESS_ID):
    """A button whose custom id says everything: it needs no memory of its message."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        """Take any button of a question; what it says is read when it is pressed."""
        return cls(ui.Button(custom_id=match.string))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Take the answer of who may administrate the guild; only they are told what came of it."""
        try:
            _note_at_work(interaction)
            services = desk_of(interaction).services
            guild_id = await permitted_guild(interaction, services, Right.ADMINISTRATE)
            await interaction.response.defer(ephemeral=True, thinking=True)
            choice, campaign_id, version = read_press_id(self.custom_id)
            by = Presser(name=display_name(interaction.user.display_name), guild_id=guild_id)
            do = _keep if choice is Choice.KEEP else _apply
            await do(interaction, campaign_id, version, by)
        except AlreadyAnswered as error:
            text = too_late_sentence(error.question, guild_id=guild_of(interaction))
            await answer(interaction, text)
        except Exception as error:  # noqa: BLE001  a door: discord.py would only log it
            await report(interaction, error)


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


def _note_at_work(interaction: discord.Interaction[Any]) -> None:
    """Let the bot's end wait for this press, as it does for commands."""
    task = asyncio.current_task()
    if task is not None and isinstance(interaction.client, DeskBot):
        interaction.client.at_work.add(task)
        task.add_done_callback(interaction.client.at_work.discard)
