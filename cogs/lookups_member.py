"""`/patreon member`: everything about one member."""

import logging
from collections.abc import Sequence

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.guards import permitted_guild, rights_in_guild
from cogs.lookups_member_words import member_embed, suggestion
from cogs.portraits import picture_of, portraits_of, with_thumbnail
from cogs.text import escape
from core.errors import BotError, UserError
from core.members import Member
from core.names import display_name
from core.portraits import portrait_of
from core.rights import Right
from core.roster import is_called

log = logging.getLogger(__name__)

LONGEST_VALUE = 100
"""Source: docs.discord.com, "Application Commands", "Application Command Option Choice"."""

_MOST_NAMED = 10


class MemberCardCommands(CommandArea):
    """The command that shows one member."""

    @app_commands.command()
    @app_commands.describe(member="Type a part of the name and pick one of the list")
    async def member(
        self, interaction: discord.Interaction, member: app_commands.Range[str, 1, 100]
    ) -> None:
        """Show one member: status, tiers, payments and what happened so far."""
        services = self.desk.services
        guild_id = await permitted_guild(interaction, services, Right.SEE_MEMBERS)
        await interaction.response.defer(ephemeral=True)
        meant = the_one(await services.roster.meant(guild_id, member), member)
        view = await services.roster.member(guild_id, meant.id)
        if view is None:
            raise UserError(_nobody(member))
        rights = await rights_in_guild(interaction, services)
        picture = await picture_of(
            portraits_of(services.gallery, campaign_id=view.member.campaign_id),
            portrait_of(view.member),
        )
        await interaction.edit_original_response(
            embed=with_thumbnail(member_embed(view, rights), picture.name if picture else None),
            attachments=[picture.file()] if picture else [],
        )

    @member.autocomplete("member")
    async def _suggest_members(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        services = self.desk.services
        try:
            guild_id = await permitted_guild(interaction, services, Right.SEE_MEMBERS)
            found = await services.roster.suggest(guild_id, typed)
        except BotError as error:
            log.debug("no members suggested", extra={"reason": str(error)})
            return []
        return [
            app_commands.Choice(name=suggestion(one, found), value=one.id)
            for one in found.members
            if len(one.id) <= LONGEST_VALUE
        ]


def the_one(meant: Sequence[Member], typed: str) -> Member:
    """Pick the only member that is meant.

    Raises:
        UserError: nobody, or more than one, is meant; the sentence says what to do.
    """
    if len(meant) == 1:
        return meant[0]
    if not meant:
        raise UserError(_nobody(typed))
    if all(is_called(one, typed.strip()) for one in meant):
        raise UserError(
            f"Several members are called “{escape(typed, 200)}”. Type the name again and pick one "
            "of the list: it shows their tiers and status."
        )
    names = [escape(display_name(one.name), 60) for one in meant[:_MOST_NAMED]]
    more = ", …" if len(meant) > _MOST_NAMED else ""
    raise UserError(
        f"Several members fit “{escape(typed, 200)}”: {', '.join(names)}{more}. Pick one of the "
        "list that opens while you type."
    )


def _nobody(typed: str) -> str:
    return (
        f"No member is called “{escape(typed, 200)}”. `/patreon members` lists everybody; whoever "
        "has just joined is there after `/patreon sync`."
    )
