"""A stand-in for Discord on local sockets: REST v10, gateway v10, CDN, rules, simulated users.

world = default_world()
async with DiscordServer(world) as server:
    ...  # point the bot at server.api_url, server.gateway_url and server.cdn_url
    answer = await server.user("moderator").slash("patreon status", channel="staff")
    print(answer.text)
    assert not server.violations
"""

from .actors import Actor
from .answers import Answer
from .errors import Refused
from .events import Event, Subscription
from .interactions import Interaction
from .permissions import Permission
from .records import Channel, ChannelType, Guild, Member, Message, Overwrite, Role, User
from .rest import Exchange, Violation
from .seeds import default_world
from .server import TOKEN, DiscordServer
from .stage import NoAnswer, NotPossible
from .world import World

__all__ = [
    "TOKEN",
    "Actor",
    "Answer",
    "Channel",
    "ChannelType",
    "DiscordServer",
    "Event",
    "Exchange",
    "Guild",
    "Interaction",
    "Member",
    "Message",
    "NoAnswer",
    "NotPossible",
    "Overwrite",
    "Permission",
    "Refused",
    "Role",
    "Subscription",
    "User",
    "Violation",
    "World",
    "default_world",
]
