"""What the bot may do in a channel of a guild, and what it lacks there by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import discord

from cogs.guards import guild_of
from core.errors import TemporaryError, UserError
from core.guild_settings import Place

_SOON = timedelta(seconds=5)
_VIEW = {"read_messages": "View Channel"}
_MESSAGES = {
    **_VIEW,
    "send_messages": "Send Messages",
    "embed_links": "Embed Links",
    "read_message_history": "Read Message History",
    "attach_files": "Attach Files",
}
_FORUM = {
    **_VIEW,
    "send_messages": "Create Posts",
    "send_messages_in_threads": "Send Messages in Posts",
    "embed_links": "Embed Links",
    "read_message_history": "Read Message History",
    "attach_files": "Attach Files",
}
"""discord.py's names, and those in Discord's settings, the most basic first."""

_WITH_MESSAGES = ("embed_links", "attach_files")

_PLAIN = (discord.ChannelType.text, discord.ChannelType.news)
TYPES: Mapping[Place, Sequence[discord.ChannelType]] = {
    Place.FEED: _PLAIN,
    Place.STAFF: _PLAIN,
    Place.POSTS: (*_PLAIN, discord.ChannelType.forum),
}
"""What kinds of channels can be used for what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCheck:
    """A channel that is used for something. `missing` names what the bot lacks there."""

    place: Place
    channel_id: int
    is_there: bool
    missing: tuple[str, ...] = ()
    is_public: bool = False

    @property
    def is_good(self) -> bool:
        """Whether the bot can do its work there."""
        return self.is_there and not self.missing


def known_guild(interaction: discord.Interaction[Any]) -> discord.Guild:
    """Give the guild in which somebody acts, with its channels as the gateway has told of them.

    Raises:
        TemporaryError: the gateway has not told of it yet.
    """
    guild: discord.Guild | None = interaction.client.get_guild(guild_of(interaction))
    # A guild that Discord only named has no channels, and no place for the bot in it.
    if guild is None or guild.unavailable or guild.me is None:
        raise TemporaryError(
            "Discord has not told the bot about this server yet.", retry_after=_SOON
        )
    return guild


def check_channel(guild: discord.Guild, place: Place, channel_id: int) -> ChannelCheck:
    """Look at a channel as the gateway has told of it.

    Without View Channel, Discord takes everything else away as well, so that alone is named; so
    does Send Messages with what messages carry.

    Source: docs.discord.com, "Permissions".
    """
    channel = guild.get_channel(channel_id)
    if channel is None:
        return ChannelCheck(place=place, channel_id=channel_id, is_there=False)
    held = dict(channel.permissions_for(guild.me))
    needed = _FORUM if isinstance(channel, discord.ForumChannel) else _MESSAGES
    if not held["read_messages"]:
        needed = _VIEW
    elif not held["send_messages"]:
        needed = {key: name for key, name in needed.items() if key not in _WITH_MESSAGES}
    missing = [name for key, name in needed.items() if not held[key]]
    return ChannelCheck(
        place=place,
        channel_id=channel_id,
        is_there=True,
        missing=tuple(missing),
        is_public=channel.permissions_for(guild.default_role).read_messages,
    )


def own_channel(guild: discord.Guild, place: Place, channel_id: int) -> int:
    """Give the id back of a channel that the guild has and that can be used for this.

    Raises:
        UserError: it is none of the guild's channels, or of the wrong kind.
    """
    channel = guild.get_channel(channel_id)
    if channel is None:
        raise UserError("This server has no such channel (any more). Choose another one.")
    if channel.type not in TYPES[place]:
        raise UserError("This kind of channel cannot be used for that. Choose a text channel.")
    return channel.id
