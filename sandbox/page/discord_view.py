"""Write what one person sees of Discord, as the page wants it."""

from sandbox.discord import invoking, payloads
from sandbox.discord.permissions import Permission
from sandbox.discord.records import THREADS, Channel, Message, Role, User
from sandbox.discord.wire import Json
from sandbox.discord.world import World

from .scene import Scene

MAX_MESSAGES = 100
"""How many messages of each channel the page gets at first."""


def guild_view(scene: Scene, viewer: User) -> Json:
    """Write the guild, the commands that are offered, and how the bot is."""
    world = scene.world
    guild = world.guild
    channels = visible_channels(world, viewer)
    places = [each for each in channels if not each.parent_id]
    offered = invoking.offered(world, viewer, places[0]) if places else []
    return {
        "guild": {
            "id": str(guild.id),
            "name": guild.name,
            "channels": [_channel(world, each, viewer) for each in channels],
            "roles": [
                {"id": str(role.id), "name": role.name, "colour": _colour(role)}
                for role in guild.roles.values()
            ],
            "members": _members(world),
        },
        "commands": offered,
        "bot": {"name": world.application.name, "online": scene.discord.gateway.connected},
    }


def visible_channels(world: World, viewer: User) -> list[Channel]:
    """List the channels of the guild that `viewer` may open, in their order, threads by age."""
    found = [
        each
        for each in world.channels.values()
        if each.guild_id == world.guild.id
        and world.permissions(viewer.id, each) & Permission.VIEW_CHANNEL
    ]
    return sorted(found, key=lambda each: (each.type in THREADS, each.position, each.id))


def may_see(world: World, viewer: User, channel_id: int) -> bool:
    """Tell whether `viewer` may read a channel."""
    channel = world.channels.get(channel_id)
    return channel is not None and bool(
        world.permissions(viewer.id, channel) & Permission.VIEW_CHANNEL
    )


def messages_view(world: World, viewer: User) -> dict[str, list[Json]]:
    """Write the latest messages that `viewer` sees, by channel, oldest first."""
    return {
        str(channel.id): [
            message_view(world, message)
            for message in world.messages.seen_by(viewer.id, channel)[-MAX_MESSAGES:]
        ]
        for channel in visible_channels(world, viewer)
    }


def message_view(world: World, message: Message) -> Json:
    """Write one message with its people named as the guild knows them."""
    body = world.message_json(message)
    known: Json = {
        "author": person_view(world, world.users[message.author_id]),
        "mentions": [{"id": each["id"]} for each in body["mentions"]],
        "ephemeral": message.ephemeral,
        "loading": message.loading,
    }
    for name in ("id", "channel_id", "content", "embeds", "components", "attachments", "timestamp"):
        known[name] = body[name]
    for name in ("edited_timestamp", "flags", "mention_everyone"):
        known[name] = body[name]
    known["reactions"] = body.get("reactions", [])
    if message.interaction is not None:
        cause = message.interaction
        user = world.users[int(cause["user"]["id"])]
        known["interaction"] = {
            "user": person_view(world, user),
            "command": cause.get("name"),
            "kind": cause["type"],
        }
    return known


def person_view(world: World, user: User) -> Json:
    """Write somebody's name and colourless self."""
    member = world.member(world.guild.id, user.id)
    name = (member.nick if member else None) or user.display_name
    if user.id == world.application.bot_id:
        name = world.application.name
    return {"id": str(user.id), "name": name, "bot": user.bot}


def _channel(world: World, channel: Channel, viewer: User) -> Json:
    writes = Permission.SEND_MESSAGES
    if channel.type in THREADS:
        writes = Permission.SEND_MESSAGES_IN_THREADS
    everyone = channel.overwrites.get(channel.guild_id or 0)
    body = payloads.channel(channel)
    return {
        "id": body["id"],
        "type": body["type"],
        "name": channel.name,
        "topic": channel.topic,
        "parent_id": body["parent_id"],
        "may_write": bool(world.permissions(viewer.id, channel) & writes),
        "is_hidden": bool(everyone and everyone.deny & Permission.VIEW_CHANNEL),
    }


def _members(world: World) -> list[Json]:
    found = []
    for member in world.guild.members.values():
        roles = world.roles_of(member)
        coloured = [role for role in roles if role.color]
        hoisted = [role for role in roles if role.hoist]
        found.append(
            (
                -hoisted[-1].position if hoisted else 0,
                person_view(world, world.users[member.user_id])
                | {
                    "colour": _colour(coloured[-1]) if coloured else "",
                    "group": hoisted[-1].name if hoisted else "Online",
                    "is_owner": member.user_id == world.guild.owner_id,
                },
            )
        )
    return [view for _, view in sorted(found, key=lambda each: (each[0], each[1]["name"]))]


def _colour(role: Role) -> str:
    return f"#{role.color:06x}" if role.color else ""
