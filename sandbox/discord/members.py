"""Search the members of a guild."""

from collections.abc import Iterable, Iterator

from .dispatch import Intent
from .records import Guild, Member
from .state import State
from .wire import Json

CHUNK = 1000


def find_members(state: State, guild: Guild, query: str, limit: int) -> list[Member]:
    """List members whose user name, display name or nickname starts with `query`."""
    wanted = query.casefold()
    found = []
    for member in sorted(guild.members.values(), key=lambda each: each.user_id):
        user = state.users[member.user_id]
        names = (user.username, user.global_name, member.nick)
        if any(name and name.casefold().startswith(wanted) for name in names):
            found.append(member)
    return found[:limit]


def member_chunks(state: State, request: Json, intents: int) -> Iterator[Json]:
    """Answer REQUEST_GUILD_MEMBERS (op 8) with the data of GUILD_MEMBERS_CHUNK events.

    Listing everybody needs the members intent; without it, nothing is answered.
    """
    guild = state.guilds.get(int(request.get("guild_id") or 0))
    if guild is None or state.bot.id not in guild.members:
        return
    limit, query, missing = int(request.get("limit") or 0), request.get("query"), []
    if (ids := request.get("user_ids")) is not None:
        wanted = [int(each) for each in (ids if isinstance(ids, list) else [ids])][:100]
        found = [guild.members[each] for each in wanted if each in guild.members]
        missing = [str(each) for each in wanted if each not in guild.members]
    elif not query and not limit:
        if not intents & Intent.GUILD_MEMBERS:
            return
        found = list(guild.members.values())
    else:
        found = find_members(state, guild, query or "", min(limit or 100, 100))
    parts = list(_parts(found))
    for at, part in enumerate(parts):
        yield {
            "guild_id": str(guild.id),
            "members": [state.member_json(each) for each in part],
            "chunk_index": at,
            "chunk_count": len(parts),
            "not_found": missing,
            "presences": [],
            "nonce": request.get("nonce"),
        }


def _parts(members: list[Member]) -> Iterable[list[Member]]:
    if not members:
        return [[]]
    return [members[at : at + CHUNK] for at in range(0, len(members), CHUNK)]
