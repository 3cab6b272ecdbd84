"""Pictures that people upload: looked at, cleaned, and kept on the shelf."""

import re
from collections.abc import Callable, Mapping

from core.drafts import DraftPicture
from core.errors import UserError
from core.image_intake import Shelf
from core.image_words import size_words
from core.names import visible
from core.pictures import Imager, NotAPicture

LARGEST_PICTURE_BYTES = 10 * 1024 * 1024
"""What a message's file may have without boosts. Source: docs.discord.com, "Uploading Files"."""

LONGEST_DESCRIPTION = 1_024
"""Source: docs.discord.com, "Attachment", "description"."""

_LONGEST_STEM = 60
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_ENDINGS: Mapping[str, str] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
}
"""The types that Discord and Patreon both show, with their files' endings."""


class Uploads:
    """The gate and the way to the shelf for uploaded pictures.

    `media_type_of` tells what the first bytes of a file are, None when they are no picture. A
    picture is decoded and cleaned by the imager, away from the bot, and kept without its place,
    time and other details: it will be published. What neither a draft nor a form that may still be
    used names in the end, the sweep removes.
    """

    def __init__(
        self, shelf: Shelf, imager: Imager, *, media_type_of: Callable[[bytes], str | None]
    ) -> None:
        self._shelf = shelf
        self._imager = imager
        self._media_type_of = media_type_of

    async def keep(
        self, content: bytes, name: str, *, description: str | None = None
    ) -> DraftPicture:
        """Keep a picture durably; safe to repeat: the same picture is the same file.

        Raises:
            UserError: it is too large, or none that can be shown.
            TemporaryError: it could not be decoded now.
        """
        if len(content) > LARGEST_PICTURE_BYTES:
            raise UserError(
                f"{_quoted(name)} is too large: {size_words(len(content))} of "
                f"{size_words(LARGEST_PICTURE_BYTES)}. Make it smaller."
            )
        media_type = self._media_type_of(content) or ""
        if media_type not in _ENDINGS:
            raise UserError(
                f"{_quoted(name)} is no picture that can be shown. Use PNG, JPEG, WebP or GIF."
            )
        try:
            cleaned = await self._cleaned(content)
        except NotAPicture as error:
            raise UserError(
                f"{_quoted(name)} cannot be used. {error} Save it anew, or make it smaller."
            ) from error
        return DraftPicture(
            digest=await self._shelf.add(cleaned),
            name=_safe(name, _ENDINGS[media_type]),
            media_type=media_type,
            size_bytes=len(cleaned),
            description=visible(description or "")[:LONGEST_DESCRIPTION] or None,
        )

    async def read(self, digest: str) -> bytes | None:
        """Read a picture that was kept; None when its file is lost."""
        return await self._shelf.read(digest)

    async def renew(self, digest: str) -> bool:
        """Keep a picture anew that was kept before; False when its file is lost."""
        content = await self._shelf.read(digest)
        if content is None:
            return False
        # The sweep spares what was kept a moment ago, also when nothing named it meanwhile.
        await self._shelf.add(content)
        return True

    async def _cleaned(self, content: bytes) -> bytes:
        # The draft is never kept: it is what the imager reads, and has all details.
        async with self._shelf.draft() as draft:
            draft.write(content)
            await draft.settle()
            return await self._imager.clean(draft.path, most_bytes=LARGEST_PICTURE_BYTES)


def _safe(name: str, ending: str) -> str:
    stem = _UNSAFE.sub("-", name.rpartition(".")[0] or name).strip("-")[:_LONGEST_STEM]
    return f"{stem.strip('-') or 'picture'}.{ending}"


def _quoted(name: str) -> str:
    return f"“{_UNSAFE.sub(' ', name.replace('.', ' ')).strip()[:60] or 'A file'}”"
