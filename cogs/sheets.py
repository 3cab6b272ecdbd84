"""Sheets as messages: what is previewed is made by what sends it."""

import asyncio
import io
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePosixPath

import discord
from discord import ui

from cogs.embeds import LONGEST_DESCRIPTION, LONGEST_TITLE, marked_url, usable_url
from cogs.text import cut, escape, plain
from core.errors import BotError
from core.sheets import (
    LARGEST_FILE_BYTES,
    LARGEST_REQUEST_BYTES,
    MOST_FILES,
    Sheet,
    SheetPicture,
)

log = logging.getLogger(__name__)

Files = Callable[[str], Awaitable[bytes | None]]
"""Gives an uploaded picture by its digest, None when it is lost."""

PATIENCE = timedelta(seconds=20)
"""A text does not wait longer for its pictures."""

MOST_IN_GALLERY = 4
"""Discord joins up to four embeds of one address into one, with their pictures as a gallery."""

MOST_ROLES = 50
LONGEST_FOOTER = 1_000
_LONGEST_DESCRIPTION_OF_FILE = 1_024
_LONGEST_BUTTON_URL = 512
_LABEL = "Read the whole post"
_COLOUR = 0xFF424D
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A picture of a sheet as a file of its message."""

    name: str
    content: bytes = field(repr=False)
    description: str | None = None


@dataclass(frozen=True, slots=True)
class SheetMessage:
    """A sheet as Discord shows it: `text` pings the chosen roles and nobody else."""

    text: str | None
    embeds: list[discord.Embed]
    view: ui.View | None
    pictures: tuple[SheetFile, ...]
    allowed_mentions: discord.AllowedMentions

    @property
    def files(self) -> list[discord.File]:
        """Give the pictures to be sent; each call makes them anew, for each is sent once."""
        return [
            discord.File(io.BytesIO(one.content), filename=one.name, description=one.description)
            for one in self.pictures
        ]


async def no_files(digest: str) -> None:
    """Have no files."""
    return


async def preview_of(sheet: Sheet, files: Files = no_files) -> SheetMessage:
    """Show a sheet exactly as it will be sent, with all its pictures that can be had.

    In a preview's reply nobody is pinged if `allowed_mentions` is not passed on.
    """
    return message_of(sheet, await files_of(sheet, files))


def message_of(
    sheet: Sheet,
    pictures: Sequence[SheetFile] = (),
    *,
    names: Sequence[str] | None = None,
    role_ids: Collection[int] | None = None,
) -> SheetMessage:
    """Show a sheet with these pictures.

    `names` are those of all pictures that the message will have, when it has some already;
    `role_ids` are those of the sheet's roles that exist, None for all.
    """
    roles = [one for one in dict.fromkeys(sheet.role_ids) if role_ids is None or one in role_ids]
    roles = roles[:MOST_ROLES]
    return SheetMessage(
        text=" ".join(f"<@&{role_id}>" for role_id in roles) or None,
        embeds=_embeds(sheet, [one.name for one in pictures] if names is None else names),
        view=_view(sheet),
        pictures=tuple(pictures),
        allowed_mentions=discord.AllowedMentions(
            everyone=False,
            users=False,
            roles=[discord.Object(role_id) for role_id in roles] or False,
            replied_user=False,
        ),
    )


async def files_of(
    sheet: Sheet, files: Files, *, shown: Collection[str] = (), patience: timedelta = PATIENCE
) -> list[SheetFile]:
    """Read a sheet's pictures in time, in its order, as many and as large as a message may have.

    What cannot be had or does not fit is left out; the text can do without it. `shown` are the
    names of those that the message has already.
    """
    found: list[SheetFile] = []
    room = LARGEST_REQUEST_BYTES
    try:
        async with asyncio.timeout(patience.total_seconds()):
            for picture in pictures_of(sheet):
                name = name_of(picture)
                if name in shown:
                    continue
                content = await _read(files, picture)
                if content is None:
                    continue
                if not 0 < len(content) <= min(LARGEST_FILE_BYTES, room):
                    _log_left_out(picture, f"{len(content)} bytes do not fit")
                    continue
                room -= len(content)
                found.append(SheetFile(name, content, _description(picture)))
    except TimeoutError:
        log.warning("post without all its pictures", extra={"reason": "reading took too long"})
    return found


def pictures_of(sheet: Sheet) -> list[SheetPicture]:
    """Pick a sheet's pictures that one message may have, each once."""
    return list({name_of(picture): picture for picture in sheet.pictures}.values())[:MOST_FILES]


def name_of(picture: SheetPicture) -> str:
    """Name a picture's file so that Discord leaves the name alone; other pictures have others."""
    path = PurePosixPath(picture.name.replace("\\", "/"))
    ending = path.suffix.lower() if _ENDING.fullmatch(path.suffix) else ""
    stem = _UNSAFE.sub("-", path.stem).strip("-")[:60] or "picture"
    return f"{stem}-{picture.digest[:12]}{ending}"


def link_of(sheet: Sheet) -> ui.Button[ui.View] | None:
    """Give the button that leads to the whole post, None when the sheet has no usable link."""
    url = usable_url(sheet.link)
    if url is None or len(url) > _LONGEST_BUTTON_URL:
        return None
    return ui.Button(label=_LABEL, style=discord.ButtonStyle.link, url=url)


def _view(sheet: Sheet) -> ui.View | None:
    button = link_of(sheet)
    if button is None:
        return None
    view = ui.View(timeout=None)
    view.add_item(button)
    # A finished view is sent and forgotten; discord.py would answer for one that it keeps.
    view.stop()
    return view


def _embeds(sheet: Sheet, names: Sequence[str]) -> list[discord.Embed]:
    """Show the text, and up to four pictures in one gallery."""
    url = marked_url(sheet.url or sheet.link, sheet.marker)
    title = escape(sheet.title, LONGEST_TITLE)
    text = _fitting(sheet.text)
    first = discord.Embed(
        title=title or (None if text or names else "News"),
        description=text or None,
        url=url,
        colour=_COLOUR,
        timestamp=sheet.at,
    )
    if footer := cut(plain(sheet.footer or ""), LONGEST_FOOTER):
        first.set_footer(text=footer)
    embeds = [first]
    for number, name in enumerate(names[:MOST_IN_GALLERY]):
        if number:
            embeds.append(discord.Embed(url=url))
        embeds[number].set_image(url=f"attachment://{name}")
    return embeds


def _fitting(text: str) -> str:
    """Keep a text whole, or cut one that is too long between two of its blocks."""
    if len(text) <= LONGEST_DESCRIPTION:
        return text
    head = text[: LONGEST_DESCRIPTION - 2]
    return (head.rpartition("\n\n")[0] or head).rstrip() + "\n…"


async def _read(files: Files, picture: SheetPicture) -> bytes | None:
    try:
        content = await files(picture.digest)
    except (BotError, OSError) as error:
        _log_left_out(picture, type(error).__name__)
        return None
    if content is None:
        _log_left_out(picture, "the file is lost")
    return content


def _log_left_out(picture: SheetPicture, reason: str) -> None:
    log.warning("picture left out", extra={"digest": picture.digest, "reason": reason})


def _description(picture: SheetPicture) -> str | None:
    return cut(plain(picture.description or ""), _LONGEST_DESCRIPTION_OF_FILE) or None
