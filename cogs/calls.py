"""Calls into channels: who makes them, what they are called, and what they lack."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import discord

from cogs.faults import FAULTS, FOR_PICTURES, IN_THREADS, NEEDED, Doing, translate
from cogs.rest import Rest

ChannelOf = Callable[[int], discord.abc.GuildChannel | discord.Thread | None]
"""Gives what the gateway has told of a channel, None when it told nothing."""


class Calls:
    """Makes calls over REST; what the gateway has told only helps to word their failures."""

    def __init__(self, rest: Rest, channel_of: ChannelOf) -> None:
        self._rest = rest
        self._channel_of = channel_of

    @asynccontextmanager
    async def client(self, channel_id: int, doing: Doing) -> AsyncIterator[discord.Client]:
        """Give the client, and translate what its calls raise while it is `doing` this there."""
        client = await self._rest.client()
        try:
            yield client
        except FAULTS as error:
            raise translate(
                error,
                doing,
                channel=self.name(channel_id),
                missing=self._missing(channel_id, doing),
            ) from error

    @asynccontextmanager
    async def channel(
        self, channel_id: int, doing: Doing
    ) -> AsyncIterator[discord.PartialMessageable]:
        """Give a channel to call, and translate what the calls raise."""
        async with self.client(channel_id, doing) as client:
            yield client.get_partial_messageable(channel_id)

    def name(self, channel_id: int) -> str:
        """Name a channel for people."""
        channel = self._channel_of(channel_id)
        return f"#{channel.name} (channel {channel_id})" if channel else f"channel {channel_id}"

    def told_of(self, channel_id: int) -> discord.abc.GuildChannel | discord.Thread | None:
        """Give what the gateway has told of a channel or thread, None when it told nothing."""
        return self._channel_of(channel_id)

    def may_attach(self, channel_id: int) -> bool:
        """Tell whether files may be sent, as far as is known."""
        held = self._held(channel_id)
        return held is None or held[FOR_PICTURES]

    def roles_of(self, channel_id: int) -> frozenset[int] | None:
        """Give the roles of a channel's guild without @everyone, None when they are not known."""
        channel = self._channel_of(channel_id)
        if channel is None:
            return None
        return frozenset(role.id for role in channel.guild.roles if not role.is_default())

    def _missing(self, channel_id: int, doing: Doing) -> str | None:
        """Name the first permission that the bot lacks, None when the gateway has told of none.

        The later ones mean nothing yet: without the first, Discord takes them away as well.
        """
        held = self._held(channel_id)
        if held is None:
            return None
        is_thread = isinstance(self._channel_of(channel_id), discord.Thread)
        needed = [
            IN_THREADS.get(key, (key, name)) if is_thread else (key, name)
            for key, name in NEEDED[doing].items()
        ]
        return next((name for key, name in needed if not held[key]), None)

    def _held(self, channel_id: int) -> Mapping[str, bool] | None:
        """Tell what the bot may do in a channel, None when the gateway has not told."""
        channel = self._channel_of(channel_id)
        if channel is None or channel.guild.me is None:
            return None
        try:
            return dict(channel.permissions_for(channel.guild.me))
        except discord.ClientException:  # A thread whose parent is unknown.
            return None
