"""The feed's messages: the only place where the bot writes into channels."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

import discord

from cogs.embeds import embed_of, has_marker, view_of
from cogs.faults import FAULTS, FOR_PICTURES, NEEDED, Doing, lacks_permission, translate
from cogs.portraits import (
    Picture,
    Portraits,
    no_portraits,
    picture_of,
    shown_in,
    with_thumbnail,
)
from cogs.rest import Rest
from core.cards import Card
from core.errors import MessageGone

MOST_SEARCHED = 500
"""Messages looked through for a marker."""

ChannelOf = Callable[[int], discord.abc.GuildChannel | discord.Thread | None]
"""Gives what the gateway has told of a channel, None when it told nothing."""


class DiscordPublisher:
    """Shows cards over REST alone; see `core.ports.Publisher` for the contract.

    A card's portrait is a file of the message. One that cannot be had, or that the bot may not
    attach, is left out.
    """

    def __init__(
        self, rest: Rest, channel_of: ChannelOf, *, portraits: Portraits = no_portraits
    ) -> None:
        self._rest = rest
        self._channel_of = channel_of
        self._portraits = portraits

    async def send(self, channel_id: int, card: Card) -> int:
        """Send a message and give its id; nobody is pinged.

        The marker is its nonce, for which discord.py sets `enforce_nonce`: within a few minutes
        Discord answers a repeated send with the message of the first one.

        Raises:
            MessageGone: a repeated send found its first message deleted.

        Source: docs.discord.com, "Create Message".
        """
        picture = await self._picture(channel_id, card)
        async with self._channel(channel_id, Doing.SEND) as channel:
            try:
                message = await _send(channel, card, picture)
            except discord.HTTPException as error:
                if picture is None or not lacks_permission(error):
                    raise
                # It may be Attach Files alone that is missing; nothing was sent.
                message = await _send(channel, card, None)
        return message.id

    async def edit(self, channel_id: int, message_id: int, card: Card) -> None:
        """Replace a message's content, its buttons included.

        A picture that the message has already is not sent again; one that the card no longer has
        is removed.

        Raises:
            MessageGone: somebody deleted it.
        """
        picture = await self._picture(channel_id, card)
        async with self._channel(channel_id, Doing.EDIT) as channel:
            message = channel.get_partial_message(message_id)
            shown = None if card.portrait is None else await _shown(message)
            if picture is None or (shown is not None and shown.filename == picture.name):
                await _edit(message, card, shown)
                return
            try:
                await _edit(message, card, picture)
            except discord.HTTPException as error:
                if not lacks_permission(error):
                    raise
                await _edit(message, card, shown)

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

    async def _picture(self, channel_id: int, card: Card) -> Picture | None:
        held = self._held(channel_id)
        if held is not None and not held[FOR_PICTURES]:
            return None
        return await picture_of(self._portraits, card.portrait)

    def _missing(self, channel_id: int, doing: Doing) -> str | None:
        """Name the first permission that the bot lacks, None when the gateway has told of none.

        The later ones mean nothing yet: without the first, Discord takes them away as well.
        """
        held = self._held(channel_id)
        if held is None:
            return None
        return next((name for key, name in NEEDED[doing].items() if not held[key]), None)

    def _held(self, channel_id: int) -> Mapping[str, bool] | None:
        """Tell what the bot may do in a channel, None when the gateway has not told."""
        channel = self._channel_of(channel_id)
        if channel is None or channel.guild.me is None:
            return None
        try:
            return dict(channel.permissions_for(channel.guild.me))
        except discord.ClientException:  # A thread whose parent is unknown.
            return None


async def _send(
    channel: discord.PartialMessageable, card: Card, picture: Picture | None
) -> discord.Message:
    return await channel.send(
        embed=with_thumbnail(embed_of(card), picture.name if picture else None),
        file=picture.file() if picture else discord.utils.MISSING,
        view=view_of(card.actions) or discord.utils.MISSING,
        nonce=card.marker,
        allowed_mentions=discord.AllowedMentions.none(),
    )


async def _edit(
    message: discord.PartialMessage, card: Card, picture: Picture | discord.Attachment | None
) -> None:
    """Make a message show a card, with a new picture, the one that it has, or none."""
    name = None
    attachments: list[discord.File | discord.Attachment] = []
    if isinstance(picture, Picture):
        name, attachments = picture.name, [picture.file()]
    elif picture is not None:
        name, attachments = picture.filename, [picture]
    await message.edit(
        embed=with_thumbnail(embed_of(card), name),
        attachments=attachments,
        view=view_of(card.actions),
        allowed_mentions=discord.AllowedMentions.none(),
    )


async def _shown(message: discord.PartialMessage) -> discord.Attachment | None:
    """Find the picture that a message has; None, too, when the bot may not look."""
    try:
        return shown_in(await message.fetch())
    except discord.Forbidden:
        return None
