"""Who asks, from where, and whether they may."""

import discord

from core.errors import UserError
from core.rights import Person, Right, check_right
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
    """Give what Discord says that the person may do where they act, channel settings included."""
    may = interaction.permissions
    roles = interaction.user.roles if isinstance(interaction.user, discord.Member) else []
    return Person(
        can_manage_messages=may.manage_messages or may.administrator,
        can_manage_guild=may.manage_guild or may.administrator,
        role_ids=frozenset(role.id for role in roles),
    )


def moderated_guild(interaction: discord.Interaction, services: Services) -> int:
    """Give the guild in which a moderator acts.

    Raises:
        UserError: the person is no moderator, or it is not in a guild.
    """
    return _guild_of_person(interaction, services, Right.MODERATE)


def administered_guild(interaction: discord.Interaction, services: Services) -> int:
    """Give the guild in which somebody acts who may change its settings.

    Raises:
        UserError: the person may not, or it is not in a guild.
    """
    return _guild_of_person(interaction, services, Right.ADMINISTRATE)


def _guild_of_person(interaction: discord.Interaction, services: Services, right: Right) -> int:
    guild_id = guild_of(interaction)
    check_right(
        right,
        person_of(interaction),
        moderator_role_ids=services.moderator_role_ids,
    )
    return guild_id
