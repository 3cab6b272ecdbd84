"""The feed's messages: the only place where the bot writes into channels."""

from datetime import datetime

import discord

from cogs.calls import Calls, ChannelOf
from cogs.embeds import embed_of, has_marker, view_of
from cogs.faults import Doing, lacks_permission
from cogs.forum_posts import ForumPosts
from cogs.portraits import (
    Picture,
    Portraits,
    no_portraits,
    picture_of,
    shown_in,
    with_thumbnail,
)
from cogs.rest import Rest
from cogs.sheet_messages import SheetMessages
from cogs.sheets import Files, no_files
from core.cards import Card
from core.errors import MessageGone
from core.sheets import Showable

MOST_SEARCHED = 500
"""Messages looked through for a marker."""


class DiscordPublisher:
    """Shows cards and sheets over REST alone; see `core.ports.Publisher` for the contract.

    A card's portrait and a sheet's pictures are files of the message. What cannot be had, or what
    the bot may not attach, is left out.
    """

    def __init__(
        self,
        rest: Rest,
        channel_of: ChannelOf,
        *,
        portraits: Portraits = no_portraits,
        files: Files = no_files,
    ) -> None:
        self._calls = Calls(rest, channel_of)
        self._portraits = portraits
        self._sheets = SheetMessages(self._calls, files)
        self._posts = ForumPosts(self._calls, files)

    async def send(self, channel_id: int, content: Showable) -> int:
        """Send a message and give its id; nobody is pinged but the roles that a sheet names.

        The marker is its nonce, for which discord.py sets `enforce_nonce`: within a few minutes
        Discord answers a repeated send with the message of the first one. A forum's post has none.

        Raises:
            MessageGone: a repeated send found its first message deleted.

        Source: docs.discord.com, "Create Message".
        """
        if isinstance(content, Card):
            return await self._send_card(channel_id, content)
        if content.forum is not None:
            return await self._posts.send(channel_id, content)
        return await self._sheets.send(channel_id, content)

    async def crosspost(self, channel_id: int, message_id: int) -> None:
        """Hand a message on to the channels that follow; safe to repeat."""
        await self._sheets.crosspost(channel_id, message_id)

    async def edit(self, channel_id: int, message_id: int, content: Showable) -> None:
        """Replace a message's content, its buttons included.

        A picture that the message has already is not sent again; one that the content no longer
        has is removed.

        Raises:
            MessageGone: somebody deleted it.
        """
        if isinstance(content, Card):
            await self._edit_card(channel_id, message_id, content)
        elif content.forum is not None:
            await self._posts.edit(channel_id, message_id, content)
        else:
            await self._sheets.edit(channel_id, message_id, content)

    async def delete(self, channel_id: int, message_id: int, *, in_forum: bool = False) -> None:
        """Remove a message, or a forum's post; one that is already gone is fine."""
        if in_forum:
            await self._posts.delete(channel_id, message_id)
            return
        try:
            async with self._calls.channel(channel_id, Doing.DELETE) as channel:
                await channel.get_partial_message(message_id).delete()
        except MessageGone:
            return

    async def find(
        self, channel_id: int, marker: str, *, after: datetime, in_forum: bool = False
    ) -> int | None:
        """Look through the bot's own messages since `after`, oldest first, for a marker.

        At most `MOST_SEARCHED` messages of the channel are read.
        """
        if in_forum:
            return await self._posts.find(channel_id, marker, after=after)
        async with self._calls.client(channel_id, Doing.FIND) as client:
            channel = client.get_partial_messageable(channel_id)
            async for message in channel.history(
                limit=MOST_SEARCHED, after=after, oldest_first=True
            ):
                is_own = message.author == client.user
                if is_own and any(has_marker(embed, marker) for embed in message.embeds):
                    return message.id
        return None

    async def _send_card(self, channel_id: int, card: Card) -> int:
        picture = await self._picture(channel_id, card)
        async with self._calls.channel(channel_id, Doing.SEND) as channel:
            try:
                message = await _send(channel, card, picture)
            except discord.HTTPException as error:
                if picture is None or not lacks_permission(error):
                    raise
                # It may be Attach Files alone that is missing; nothing was sent.
                message = await _send(channel, card, None)
        return message.id

    async def _edit_card(self, channel_id: int, message_id: int, card: Card) -> None:
        picture = await self._picture(channel_id, card)
        async with self._calls.channel(channel_id, Doing.EDIT) as channel:
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

    async def _picture(self, channel_id: int, card: Card) -> Picture | None:
        if not self._calls.may_attach(channel_id):
            return None
        return await picture_of(self._portraits, card.portrait)


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
