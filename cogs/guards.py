"""Who asks, from where, and whether they may."""

import discord

from core.errors import UserError
from core.rights import Person, Right
from core.services import Services


def guild_of(interaction: discord.Interaction) -> int:
    """Give the id of the guild in which somebody acts.

    Raises:
        UserError: it is not in a guild.
    """
    if interaction.guild_id is None:
        raise UserError("This works in a server only, not in direct messages.")
    return interaction.guild_id


def person_of(interaction: discord.Interaction) -> Person:
    """Give what Discord says that the person may do where they act, channel settings included.

    The roles are those that Discord sent along, @everyone among them: no request is made.
    """
    may = interaction.permissions
    roles = interaction.user.roles if isinstance(interaction.user, discord.Member) else []
    return Person(
        user_id=interaction.user.id,
        can_manage_messages=may.manage_messages or may.administrator,
        can_manage_guild=may.manage_guild or may.administrator,
        role_ids=frozenset(role.id for role in roles),
    )


async def permitted_guild(
    interaction: discord.Interaction, services: Services, right: Right
) -> int:
    """Give the guild in which somebody acts who has `right` there.

    Raises:
        UserError: the person has not, or it is not in a guild.
    """
    guild_id = guild_of(interaction)
    await services.rights.check(person_of(interaction), guild_id, right)
    return guild_id


async def rights_in_guild(interaction: discord.Interaction, services: Services) -> frozenset[Right]:
    """Tell everything that somebody may do in the guild in which they act.

    Raises:
        UserError: it is not in a guild.
    """
    return await services.rights.held(person_of(interaction), guild_of(interaction))
