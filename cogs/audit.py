"""`/patreon audit`: who did what."""

import logging

import discord
from discord import app_commands

from cogs.audit_buttons import show
from cogs.audit_lists import AuditList
from cogs.base import CommandArea
from cogs.guards import permitted_guild
from core.audit import is_action
from core.errors import BotError, UserError
from core.rights import Right

log = logging.getLogger(__name__)

MOST_CHOICES = 25
"""Source: docs.discord.com, "Application Commands"."""


class AuditCommands(CommandArea):
    """The command that pages through the audit."""

    @app_commands.command()
    @app_commands.describe(
        person="Only what this person did",
        action="Only this action, such as webhook.replayed, or this area, such as webhook",
    )
    async def audit(
        self,
        interaction: discord.Interaction,
        person: discord.User | None = None,
        action: app_commands.Range[str, 1, 40] | None = None,
    ) -> None:
        """Show who changed what in this server, and when; export it as CSV."""
        services = self.desk.services
        guild_id = await permitted_guild(interaction, services, Right.ADMINISTRATE)
        listed = AuditList(user_id=person.id if person else None, action=_named(action))
        await interaction.response.defer(ephemeral=True)
        await show(interaction, await services.audit.page(listed.query(guild_id)), listed)

    @audit.autocomplete("action")
    async def _suggest_actions(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        services = self.desk.services
        try:
            guild_id = await permitted_guild(interaction, services, Right.ADMINISTRATE)
            known = await services.audit.actions(guild_id)
        except BotError as error:
            log.debug("no actions suggested", extra={"reason": str(error)})
            return []
        areas = {action.partition(".")[0] for action in known}
        fitting = [name for name in sorted({*areas, *known}) if typed.strip().lower() in name]
        return [app_commands.Choice(name=name, value=name) for name in fitting[:MOST_CHOICES]]


def _named(typed: str | None) -> str | None:
    if typed is None:
        return None
    action = typed.strip().lower()
    if not is_action(action):
        raise UserError("There is no such action. Pick one that is suggested while you type.")
    return action
