"""Decide which gateway events a session gets, and what stands in them."""

from enum import IntFlag

from .events import Event
from .permissions import Permission
from .records import Guild
from .state import State
from .wire import Json


class Intent(IntFlag):
    """What a session asks to be told. Source: Discord developer documentation, "Gateway"."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16


PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT
KNOWN = (1 << 26) - 1

_STRUCTURE = (
    "guild_create",
    "guild_update",
    "guild_delete",
    "guild_role_create",
    "guild_role_update",
    "guild_role_delete",
    "channel_create",
    "channel_update",
    "channel_delete",
    "thread_create",
    "thread_update",
    "thread_delete",
)
_NEEDED: dict[str, tuple[int, int]] = {
    **dict.fromkeys(_STRUCTURE, (int(Intent.GUILDS), 0)),
    **dict.fromkeys(
        ("guild_member_add", "guild_member_update", "guild_member_remove"),
        (int(Intent.GUILD_MEMBERS), 0),
    ),
    **dict.fromkeys(
        ("message_create", "message_update", "message_delete"),
        (int(Intent.GUILD_MESSAGES), int(Intent.DIRECT_MESSAGES)),
    ),
    **dict.fromkeys(
        ("message_reaction_add", "message_reaction_remove"),
        (int(Intent.GUILD_MESSAGE_REACTIONS), int(Intent.DIRECT_MESSAGE_REACTIONS)),
    ),
    **dict.fromkeys(
        (
            "guild_scheduled_event_create",
            "guild_scheduled_event_update",
            "guild_scheduled_event_delete",
        ),
        (int(Intent.GUILD_SCHEDULED_EVENTS), 0),
    ),
    "typing_start": (int(Intent.GUILD_MESSAGE_TYPING), int(Intent.DIRECT_MESSAGE_TYPING)),
}


def frame(
    event: Event, state: State, intents: int, shard: tuple[int, int]
) -> tuple[str, Json] | None:
    """Return the name and data of the gateway event for `event`; None when it is not told.

    Not told are: what the intents leave out, what happens in channels hidden from the bot or in
    guilds it is not in, what belongs to another shard, and ephemeral messages.
    """
    kind, guild_id = event["kind"], int(event["guild_id"] or 0)
    if (guild_id >> 22) % shard[1] != shard[0]:
        return None
    if kind == "interaction_create":
        return "INTERACTION_CREATE", event["data"]
    if kind not in _NEEDED or event["viewer_id"] is not None:
        return None
    needed = _NEEDED[kind][0 if guild_id else 1]
    own_update = kind == "guild_member_update" and _is_own(event, state)
    if not intents & needed and not own_update:
        return None
    guild = state.guilds.get(guild_id)
    if guild and state.bot.id not in guild.members and kind != "guild_delete":
        return None
    if not _visible(event, state):
        return None
    data = event["data"]
    if kind == "guild_create" and guild:
        data = guild_create(guild, state, intents)
    if kind in ("message_create", "message_update"):
        data = readable(data, state, may_read=bool(intents & Intent.MESSAGE_CONTENT))
    return kind.upper(), data


def guild_create(guild: Guild, state: State, intents: int) -> Json:
    """Write `GUILD_CREATE`: without the members intent, the bot itself is the only member in it."""
    data = state.guild_json(guild)
    if not intents & Intent.GUILD_MEMBERS:
        data["members"] = [
            each for each in data["members"] if each["user"]["id"] == str(state.bot.id)
        ]
    return data


def readable(data: Json, state: State, *, may_read: bool) -> Json:
    """Empty what the message content intent protects, in events and in REST answers alike.

    The bot's own messages, direct messages and messages that mention it keep everything.

    Source: Discord developer documentation, "Gateway", "Message Content Intent".
    """
    bot_id, channel = str(state.bot.id), state.channels.get(int(data["channel_id"]))
    mentioned = any(each["id"] == bot_id for each in data["mentions"])
    own = data["author"]["id"] == bot_id
    if may_read or own or mentioned or channel is None or channel.guild_id is None:
        return data
    return {**data, "content": "", "embeds": [], "attachments": [], "components": []}


def _is_own(event: Event, state: State) -> bool:
    return str(event["data"]["user"]["id"]) == str(state.bot.id)


def _visible(event: Event, state: State) -> bool:
    if not event["kind"].startswith(("message_", "typing_", "thread_")):
        return True
    channel = state.channels.get(int(event["channel_id"] or 0))
    if channel is None:
        return True
    return bool(state.permissions(state.bot.id, channel) & Permission.VIEW_CHANNEL)
