"""`/patreon webhooks`: what Patreon sent, and a second chance for what failed."""

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.guards import permitted_guild
from cogs.webhook_buttons import show
from cogs.webhook_lists import WebhookList
from cogs.webhook_words import STATE_WORDS
from core.letter_box import LetterState
from core.rights import Right

_ALL = "all"
_STATES = [
    *(
        app_commands.Choice(name=words, value=state.value)
        for state, (_, words) in STATE_WORDS.items()
    ),
    app_commands.Choice(name="all", value=_ALL),
]


class WebhookCommands(CommandArea):
    """The command that lists webhooks."""

    @app_commands.command()
    @app_commands.describe(state="Only webhooks in this state (default: set aside)")
    @app_commands.choices(state=_STATES)
    async def webhooks(
        self, interaction: discord.Interaction, state: app_commands.Choice[str] | None = None
    ) -> None:
        """List the webhooks that Patreon sent; replay or discard those that failed."""
        guild_id = await permitted_guild(interaction, self.desk.services, Right.SEE_MEMBERS)
        await interaction.response.defer(ephemeral=True)
        listed = WebhookList(state=_state(state.value) if state else LetterState.PARKED)
        await show(interaction, await self.desk.services.letters.page(guild_id, listed.query()))


def _state(value: str) -> LetterState | None:
    return None if value == _ALL else LetterState(value)
