"""Compute who may do what, where."""

from collections.abc import Iterable, Mapping
from enum import IntFlag
from typing import Final

from .records import Overwrite, Role


class Permission(IntFlag):
    """The permission bits that this stand-in knows.

    Source: Discord developer documentation, "Permissions".
    """

    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    MANAGE_GUILD_EXPRESSIONS = 1 << 30
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    CREATE_EVENTS = 1 << 44
    PIN_MESSAGES = 1 << 51


ALL: Final = (1 << 53) - 1
"""Every bit that Discord may set: what an owner or administrator holds."""

DIRECT: Final = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.USE_APPLICATION_COMMANDS
)
"""What each side may do in a direct message."""


def in_guild(roles: Iterable[Role]) -> int:
    """Join the permissions of a member's `roles`, @everyone included."""
    joined = 0
    for role in roles:
        joined |= role.permissions
    return ALL if joined & Permission.ADMINISTRATOR else joined


def in_channel(
    base: int,
    overwrites: Mapping[int, Overwrite],
    *,
    everyone_id: int,
    role_ids: Iterable[int],
    user_id: int,
) -> int:
    """Apply a channel's `overwrites` to a member's `base` permissions, in Discord's order.

    First @everyone, then all roles together, then the member; without View Channel nothing is left.

    Source: Discord developer documentation, "Permissions", "Permission Overwrites".
    """
    if base & Permission.ADMINISTRATOR:
        return ALL
    result = base
    if everyone := overwrites.get(everyone_id):
        result = result & ~everyone.deny | everyone.allow
    allow = deny = 0
    for role_id in role_ids:
        if role_id != everyone_id and (overwrite := overwrites.get(role_id)):
            allow |= overwrite.allow
            deny |= overwrite.deny
    result = result & ~deny | allow
    if own := overwrites.get(user_id):
        result = result & ~own.deny | own.allow
    return result if result & Permission.VIEW_CHANNEL else 0
