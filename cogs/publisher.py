"""The feed's messages: the only place where the bot writes into channels."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import discord

from cogs.embeds import embed_of, has_marker, view_of
from cogs.faults import FAULTS, NEEDED, Doing, translate
from cogs.rest import Rest
from core.cards import Card
from core.errors import MessageGone

MOST_SEARCHED = 500
"""Messages looked through for a marker."""

ChannelOf = Callable[[int], discord.abc.GuildChannel | discord.Thread | None]
"""Gives what the gateway has told of a channel, None when it told nothing."""


class DiscordPublisher:
    """Shows cards over REST alone; see `core.ports.Publisher` for the contract."""

    def __init__(self, rest: Rest, channel_of: ChannelOf) -> None:
        self._rest = rest
        self._channel_of = channel_of

    async def send(self, channel_id: int, card: Card) -> int:
        """Send a message and give its id; nobody is pinged.

        The marker is its nonce, for which discord.py sets `enforce_nonce`: within a few minutes
        Discord answers a repeated send with the message of the first one.

        Raises:
            MessageGone: a repeated send found its first message deleted.

        Source: docs.discord.com, "Create Message".
        """
        async with self._channel(channel_id, Doing.SEND) as channel:
            message = await channel.send(
                embed=embed_of(card),
                view=view_of(card.actions) or discord.utils.MISSING,
                nonce=card.marker,
                allowed_mentions=discord.AllowedMentions.none(),
            )
        return message.id

    async def edit(self, channel_id: int, message_id: int, card: Card) -> None:
        """Replace a message's content, its buttons included.

        Raises:
            MessageGone: somebody deleted it.
        """
        async with self._channel(channel_id, Doing.EDIT) as channel:
            await channel.get_partial_message(message_id).edit(
                embed=embed_of(card),
                view=view_of(card.actions),
                allowed_mentions=discord.AllowedMentions.none(),
            )

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Remove a message; one that is already gone is fine."""
        try:
            async with self._channel(channel_id, Doing.DELETE) as channel:
                await channel.get_partial_message(message_id).delete()
        except MessageGone:
            return

    async def find(self, channel_id: int, marker: str, *, after: datetime) -> int | None:
        """Look through the bot's own messages since `after`, oldest first, for a marker.

        At most `MOST_SEARCHED` messages of the channel are read.
        """
        async with self._channel(channel_id, Doing.FIND) as channel:
            own = (await self._rest.client()).user
            async for message in channel.history(
                limit=MOST_SEARCHED, after=after, oldest_first=True
            ):
                if message.author == own and any(has_marker(e, marker) for e in message.embeds):
                    return message.id
        return None

    @asynccontextmanager
    async def _channel(
        self, channel_id: int, doing: Doing
    ) -> AsyncIterator[discord.PartialMessageable]:
        """Give a channel to call, and translate what the calls raise."""
        client = await self._rest.client()
        try:
            yield client.get_partial_messageable(channel_id)
        except FAULTS as error:
            raise translate(
                error,
                doing,
                channel=self._name(channel_id),
                missing=self._missing(channel_id, doing),
            ) from error

    def _name(self, channel_id: int) -> str:
        channel = self._channel_of(channel_id)
        return f"#{channel.name} (channel {channel_id})" if channel else f"channel {channel_id}"

    def _missing(self, channel_id: int, doing: Doing) -> str | None:
        """Name the first permission that the bot lacks, None when the gateway has told of none.

        The later ones mean nothing yet: without the first, Discord takes them away as well.
        """
        channel = self._channel_of(channel_id)
        if channel is None or channel.guild.me is None:
            return None
        try:
            held = dict(channel.permissions_for(channel.guild.me))
        except discord.ClientException:  # A thread whose parent is unknown.
            return None
        return next((name for key, name in NEEDED[doing].items() if not held[key]), None)
