"""What Discord lets a member do in a channel, from REST documents."""

from collections.abc import Iterable, Mapping, Sequence

VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
SEND_MESSAGES_IN_THREADS = 1 << 38
_ADMINISTRATOR = 1 << 3
_EVERYTHING = (1 << 64) - 1

NAMES = {
    VIEW_CHANNEL: "View Channel",
    SEND_MESSAGES: "Send Messages",
    SEND_MESSAGES_IN_THREADS: "Send Messages in Threads",
    EMBED_LINKS: "Embed Links",
    ATTACH_FILES: "Attach Files",
    READ_MESSAGE_HISTORY: "Read Message History",
}

Document = Mapping[str, object]


def permissions_in(
    guild: Document, member_role_ids: Sequence[str], user_id: str, overwrites: Iterable[Document]
) -> int:
    """Compute a member's permissions: the roles' first, then the channel's overwrites.

    Overwrites apply in three steps, each denying before it allows: everyone, all roles together,
    the member.

    Source: docs.discord.com, "Permissions", "Permission Overwrites".
    """
    guild_id = str(guild["id"])
    if str(guild.get("owner_id")) == user_id:
        return _EVERYTHING
    held = {guild_id, *member_role_ids}
    permissions = 0
    for role in _documents(guild.get("roles")):
        if str(role["id"]) in held:
            permissions |= _bits(role.get("permissions"))
    if permissions & _ADMINISTRATOR:
        return _EVERYTHING
    of_target = {str(overwrite["id"]): overwrite for overwrite in overwrites}
    for targets in ([guild_id], list(member_role_ids), [user_id]):
        found = [of_target[target] for target in targets if target in of_target]
        for overwrite in found:
            permissions &= ~_bits(overwrite.get("deny"))
        for overwrite in found:
            permissions |= _bits(overwrite.get("allow"))
    return permissions


def missing(permissions: int, needed: Iterable[int]) -> list[str]:
    """Name what is needed and not there. Without View Channel nothing else counts."""
    if not permissions & VIEW_CHANNEL:
        return [NAMES[VIEW_CHANNEL]]
    return [NAMES[bit] for bit in needed if not permissions & bit]


def _documents(value: object) -> list[Document]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _bits(value: object) -> int:
    text = str(value or 0)
    return int(text) if text.isdigit() else 0
