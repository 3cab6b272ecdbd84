"""Files that somebody uploaded with a form: which are text, and getting them from Discord."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import discord

from cogs.faults import FAULTS
from cogs.post_fields import Upload
from cogs.text import escape
from core.drafts import LONGEST_BODY_BYTES, DraftPicture
from core.errors import BotError, UserError
from core.image_words import size_words
from core.services import Services
from core.uploads import LARGEST_PICTURE_BYTES

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=30)

_TEXTS = (".md", ".markdown", ".txt")


def is_text(upload: Upload) -> bool:
    """Tell whether a file is meant to be read as text."""
    return upload.name.casefold().endswith(_TEXTS)


async def fetch_all(
    interaction: discord.Interaction[Any], services: Services, uploads: Sequence[Upload]
) -> tuple[list[str], list[DraftPicture], list[str]]:
    """Give the texts and the pictures that came along, and a sentence for each that did not."""
    texts: list[str] = []
    pictures: list[DraftPicture] = []
    notes: list[str] = []
    for upload in uploads:
        try:
            content = await fetch(interaction, upload)
            if is_text(upload):
                texts.append(text_in(upload, content))
            else:
                pictures.append(
                    await services.uploads.keep(
                        content, upload.name, description=upload.description
                    )
                )
        except UserError as error:
            notes.append(f"🔴 {error}")
        except BotError as error:
            log.warning("upload not kept", extra={"reason": str(error)})
            notes.append(f"🔴 {name_of(upload)} could not be kept. Add it again in a few minutes.")
    return texts, pictures, notes


async def fetch(
    interaction: discord.Interaction[Any], upload: Upload, *, most: int | None = None
) -> bytes:
    """Get an uploaded file from Discord, unless it is larger than `most` bytes.

    None: what a text or a picture may have.

    Raises:
        UserError: it is too large, or cannot be had any more.
    """
    name = name_of(upload)
    if most is None:
        most = LONGEST_BODY_BYTES if is_text(upload) else LARGEST_PICTURE_BYTES
    if upload.size_bytes > most:
        raise UserError(
            f"{name} is too large: {size_words(upload.size_bytes)} of {size_words(most)}."
        )
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            content: bytes = await interaction.client.http.get_from_cdn(upload.url)
    except FAULTS as error:
        raise UserError(f"{name} did not come through from Discord. Upload it again.") from error
    if len(content) > most:
        raise UserError(f"{name} is too large: {size_words(len(content))} of {size_words(most)}.")
    return content


def text_in(upload: Upload, content: bytes) -> str:
    """Read a text file.

    Raises:
        UserError: it is not UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{name_of(upload)} is no text in UTF-8. Save it as UTF-8 and upload it again."
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def name_of(upload: Upload) -> str:
    """Name a file for people."""
    return f"“{escape(upload.name, 60)}”"
