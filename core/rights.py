"""Who may do what with the bot."""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import UserError


class Right(StrEnum):
    """What a command needs. `MODERATE`: see members, sync. `ADMINISTRATE`: change settings."""

    MODERATE = "moderate"
    ADMINISTRATE = "administrate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone in a guild, with what Discord says they may do there."""

    can_manage_messages: bool = False
    can_manage_guild: bool = False
    role_ids: frozenset[int] = frozenset()


def check_right(right: Right, person: Person, *, moderator_role_ids: frozenset[int]) -> None:
    """Refuse a person who does not have `right`.

    Discord shows the commands to whom a guild's Integrations settings allow; this is the bot's
    own check behind it, because those settings can be opened by mistake.

    Raises:
        UserError: the sentence says what is missing and who can give it.
    """
    if person.can_manage_guild:
        return
    if right is Right.ADMINISTRATE:
        raise UserError("This changes settings, so it needs the Manage Server permission.")
    if person.can_manage_messages or person.role_ids & moderator_role_ids:
        return
    raise UserError(
        "This needs the Manage Messages permission, or a role that the bot's admin has named "
        "in `discord.moderator_roles`."
    )
