"""Who may do what with the bot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Right(StrEnum):
    """What a command needs. Each stands for itself: none brings another one along.

    `SEE_MEMBERS`: look at members, webhooks and the status, and sync. `COMPOSE`: write posts.
    `APPROVE`: let a post go out. `ADMINISTRATE`: change what this server shows, and who may what.
    `SEE_AMOUNTS`: see how much somebody pays.
    """

    SEE_MEMBERS = "see_members"
    COMPOSE = "compose"
    APPROVE = "approve"
    ADMINISTRATE = "administrate"
    SEE_AMOUNTS = "see_amounts"


EVERY_RIGHT = frozenset(Right)

Granted = Mapping[int, frozenset[Right]]
"""The rights that a guild gave to its roles, by the role's id; never an empty set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone in a guild, with what Discord says they may do there.

    `role_ids` holds the guild's own id too: that is the role @everyone. `can_manage_guild` is
    also said of the owner and of administrators.
    """

    user_id: int | None = None
    can_manage_messages: bool = False
    can_manage_guild: bool = False
    role_ids: frozenset[int] = frozenset()


class RoleRights(Protocol):
    """The rights that guilds gave to their roles."""

    async def of_guild(self, guild_id: int) -> Granted:
        """What the guild's roles may; a right that only a newer version knows is left out."""
        ...

    async def replace(
        self, guild_id: int, role_id: int, rights: frozenset[Right], *, at: datetime
    ) -> None:
        """Make these the rights of a role."""
        ...


def rights_of(
    person: Person, *, moderator_role_ids: frozenset[int], granted: Granted
) -> frozenset[Right]:
    """Tell everything that a person may do.

    Who manages the server may do everything, amounts included: they can give themselves any
    right anyway. Manage Messages, or a role of the configuration, gives `SEE_MEMBERS` alone.
    """
    if person.can_manage_guild:
        return EVERY_RIGHT
    rights: set[Right] = set()
    if person.can_manage_messages or person.role_ids & moderator_role_ids:
        rights.add(Right.SEE_MEMBERS)
    for role_id in person.role_ids & granted.keys():
        rights |= granted[role_id]
    return frozenset(rights)
