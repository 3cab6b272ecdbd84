"""Pictures beside texts: got in time or left out, and sent as files of the message."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

import discord

from core.errors import BotError
from core.gallery import Gallery
from core.pictures import Size
from core.portraits import Portrait

log = logging.getLogger(__name__)

Portraits = Callable[[Portrait], Awaitable[bytes | None]]
"""Gives a picture as WebP, None when it cannot be had."""

PATIENCE = timedelta(seconds=10)
"""A text does not wait longer for its picture."""

_NAME = "portrait-"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a file of a message. Equal pictures have equal names, other ones others."""

    content: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """What its file is called."""
        return f"{_NAME}{sha256(self.content).hexdigest()[:16]}.webp"

    def file(self) -> discord.File:
        """Give it to be sent, once."""
        return discord.File(io.BytesIO(self.content), filename=self.name)


async def no_portraits(portrait: Portrait) -> None:
    """Have no pictures."""
    return


def portraits_of(gallery: Gallery, *, campaign_id: str | None = None) -> Portraits:
    """Give the gallery's pictures in the size in which messages show them.

    With `campaign_id`, also of its members whom the gallery has not met yet.
    """

    async def portraits(portrait: Portrait) -> bytes | None:
        return await gallery.portrait(portrait, Size.AVATAR, campaign_id=campaign_id)

    return portraits


async def picture_of(
    portraits: Portraits, portrait: Portrait | None, *, patience: timedelta = PATIENCE
) -> Picture | None:
    """Get a picture in time; whatever hinders that, the text can do without it."""
    if portrait is None:
        return None
    try:
        async with asyncio.timeout(patience.total_seconds()):
            content = await portraits(portrait)
    except (BotError, OSError) as error:
        log.warning("message without its picture", extra={"reason": type(error).__name__})
        return None
    return Picture(content) if content else None


def shown_in(message: discord.Message) -> discord.Attachment | None:
    """Find the picture that a message of the bot has."""
    return next((each for each in message.attachments if each.filename.startswith(_NAME)), None)


def with_thumbnail(embed: discord.Embed, name: str | None) -> discord.Embed:
    """Show the message's file of this name beside the text.

    Source: docs.discord.com, "Uploading Files", "Using Attachments within Embeds".
    """
    return embed if name is None else embed.set_thumbnail(url=f"attachment://{name}")
