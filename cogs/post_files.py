"""Files that somebody uploaded with a form: got from Discord, and kept with the form at once."""

import asyncio
import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import discord

from cogs.faults import FAULTS
from cogs.guards import guild_of, person_of
from cogs.post_fields import UPLOADS, Upload, spelled
from cogs.text import escape
from core.drafts import LONGEST_BODY_BYTES, DraftPicture
from core.errors import BotError, TemporaryError, UserError
from core.image_words import size_words
from core.services import Services
from core.uploads import LARGEST_PICTURE_BYTES

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=30)

_TEXTS = (".md", ".markdown", ".txt")


def is_text(upload: Upload) -> bool:
    """Tell whether a file is meant to be read as text."""
    return upload.name.casefold().endswith(_TEXTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """The files of a form. `notes` are a sentence for each that cannot be used.

    `is_from_before`: the form brought none, so these came with an earlier try.
    """

    uploads: tuple[Upload, ...] = ()
    notes: tuple[str, ...] = ()
    is_from_before: bool = False

    @property
    def pictures(self) -> tuple[DraftPicture, ...]:
        """The pictures that lie on the shelf."""
        return tuple(upload.picture for upload in self.uploads if upload.picture is not None)

    @property
    def kept(self) -> tuple[str, ...]:
        """The names, for people, of the files that need not be uploaded again."""
        return tuple(name_of(upload) for upload in self.uploads if upload.is_kept)


async def keep_files(
    interaction: discord.Interaction[Any],
    services: Services,
    uploads: Sequence[Upload],
    *,
    is_bulk: bool = False,
) -> Came:
    """Keep with a form what is in its files: Discord forgets uploads in a day.

    Texts go into the form's row; pictures go to the shelf, and the row names each as soon as it
    lies there. `is_bulk`: each is a text, whatever its name.

    Raises:
        TemporaryError: a file, or what was kept of it, cannot be kept now, but later.
    """
    guild_id, by = guild_of(interaction), person_of(interaction)
    found, notes, late = list(uploads), [], []
    for number, upload in enumerate(uploads):
        # A picture that is lost must not be taken for one that is there.
        found[number] = replace(upload, picture=None)
        try:
            kept = await _kept(interaction, services, upload, as_text=is_bulk or is_text(upload))
        except UserError as error:
            notes.append(f"🔴 {error}")
            continue
        except TemporaryError as error:
            log.warning("upload not kept yet", extra={"reason": str(error)})
            late.append(name_of(upload))
            continue
        except BotError as error:
            log.warning("upload not kept", extra={"reason": str(error)})
            notes.append(f"🔴 {name_of(upload)} could not be kept. Add it again in a few minutes.")
            continue
        found[number] = kept
        pictures = [each.picture for each in found if each.picture is not None]
        await services.composing.learn(
            guild_id, by, interaction.id, {UPLOADS: spelled(found)}, pictures=pictures
        )
    if late:
        raise TemporaryError(
            f"{', '.join(late)} could not be kept just now. What you typed is kept, and every "
            "other file: open the form again in a few minutes and send it."
        )
    return Came(uploads=tuple(found), notes=tuple(notes))


def texts_in(uploads: Sequence[Upload]) -> tuple[list[str], list[str]]:
    """Give the texts that came along, and a sentence for each that is none."""
    texts: list[str] = []
    notes: list[str] = []
    for upload in uploads:
        if upload.content is not None and is_text(upload):
            try:
                texts.append(_text_in(upload, base64.b64decode(upload.content)))
            except UserError as error:
                notes.append(f"🔴 {error}")
    return texts, notes


async def _kept(
    interaction: discord.Interaction[Any], services: Services, upload: Upload, *, as_text: bool
) -> Upload:
    """Bring what is in a file to where it stays, unless it is there."""
    if as_text:
        if upload.content is not None:
            return upload
        raw = await fetch(interaction, upload, most=LONGEST_BODY_BYTES)
        return replace(upload, content=base64.b64encode(raw).decode())
    if upload.picture is not None and await services.uploads.renew(upload.picture.digest):
        return upload
    content = await fetch(interaction, upload)
    picture = await services.uploads.keep(content, upload.name, description=upload.description)
    return replace(upload, picture=picture)


async def fetch(
    interaction: discord.Interaction[Any], upload: Upload, *, most: int | None = None
) -> bytes:
    """Get an uploaded file from Discord, unless it is larger than `most` bytes.

    None: what a text or a picture may have.

    Raises:
        UserError: it is too large, or cannot be had any more.
        TemporaryError: Discord does not give it now.
    """
    name = name_of(upload)
    if most is None:
        most = LONGEST_BODY_BYTES if is_text(upload) else LARGEST_PICTURE_BYTES
    if upload.size_bytes > most:
        raise UserError(
            f"{name} is too large: {size_words(upload.size_bytes)} of {size_words(most)}."
        )
    if upload.content is not None:
        return base64.b64decode(upload.content)
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            content: bytes = await interaction.client.http.get_from_cdn(upload.url)
    except (discord.NotFound, discord.Forbidden) as error:
        raise UserError(f"{name} is not at Discord any more. Upload it again.") from error
    except FAULTS as error:
        raise TemporaryError(f"{name} did not come through from Discord.") from error
    if len(content) > most:
        raise UserError(f"{name} is too large: {size_words(len(content))} of {size_words(most)}.")
    return content


def name_of(upload: Upload) -> str:
    """Name a file for people."""
    return f"“{escape(upload.name, 60)}”"


def _text_in(upload: Upload, content: bytes) -> str:
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
