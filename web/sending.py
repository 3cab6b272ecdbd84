"""Sending the files of pictures: one, or all of them in an archive that is made on the way."""

import asyncio
import re
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

from core.drafts import DraftPicture

MOST_AT_ONCE = 32
"""Pictures that are sent at a time, to everybody together."""

LONGEST = timedelta(minutes=5)
"""So long a slow reader may take."""

_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_NOT_ASCII = re.compile(r"[^\x20-\x7e]|%")
_LONGEST_NAME = 100
_Send = Callable[[web.BaseRequest], Awaitable[AbstractStreamWriter | None]]
_HEADERS = {"X-Robots-Tag": "noindex", "Cross-Origin-Resource-Policy": "same-origin"}


class Sending:
    """Sends files, so many at a time that a crowd of slow readers costs little."""

    def __init__(self, *, most: int = MOST_AT_ONCE, longest: timedelta = LONGEST) -> None:
        self._turn = _Turn(asyncio.Semaphore(most), longest)

    def picture(
        self,
        picture: DraftPicture,
        path: Path,
        *,
        cache: str = "no-store",
        save_as: str | None = None,
    ) -> web.StreamResponse:
        """Send a picture's file to be shown, or to be kept under the name `save_as`.

        What is no picture that browsers show is only ever to be kept.
        """
        headers = _HEADERS | {hdrs.CACHE_CONTROL: cache}
        if picture.media_type in _SHOWN:
            headers[hdrs.CONTENT_TYPE] = picture.media_type
        else:
            headers[hdrs.CONTENT_TYPE] = "application/octet-stream"
            save_as = save_as or picture.name
        if save_as is not None:
            headers[hdrs.CONTENT_DISPOSITION] = disposition(save_as)
        return _busy() if self._turn.is_busy else _File(path, headers, self._turn)

    def archive(
        self, parts: AsyncIterator[tuple[str, bytes]], *, save_as: str
    ) -> web.StreamResponse:
        """Send named files as one archive, uncompressed, with one of them in memory at a time."""
        headers = _HEADERS | {
            hdrs.CONTENT_TYPE: "application/zip",
            hdrs.CONTENT_DISPOSITION: disposition(save_as),
        }
        return _busy() if self._turn.is_busy else _Archive(parts, headers, self._turn)


class _Turn:
    """A place among those who are sent something, for so long."""

    def __init__(self, places: asyncio.Semaphore, longest: timedelta) -> None:
        self._places = places
        self._longest = longest

    @property
    def is_busy(self) -> bool:
        return self._places.locked()

    async def __call__(self, request: web.BaseRequest, send: _Send) -> AbstractStreamWriter | None:
        try:
            async with asyncio.timeout(self._longest.total_seconds()), self._places:
                return await send(request)
        except TimeoutError:
            # A part of it is sent: all that can still be said is that it is not whole.
            if request.transport is not None:
                request.transport.abort()
            return None


class _File(web.FileResponse):
    def __init__(self, path: Path, headers: dict[str, str], turn: _Turn) -> None:
        super().__init__(path, headers=headers)
        self._turn = turn

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send the file."""
        return await self._turn(request, super().prepare)


class _Archive(web.StreamResponse):
    def __init__(
        self,
        parts: AsyncIterator[tuple[str, bytes]],
        headers: dict[str, str],
        turn: _Turn,
    ) -> None:
        super().__init__(headers=headers)
        self._parts = parts
        self._turn = turn

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send the archive."""
        return await self._turn(request, self._send)

    async def _send(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        writer = await super().prepare(request)
        if request.method != hdrs.METH_HEAD:
            written = _Written()
            with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
                async for name, content in self._parts:
                    archive.writestr(zipfile.ZipInfo(name), content)
                    await self.write(written.take())
            await self.write_eof(written.take())
        return writer


class _Written:
    """What the archive's writer has written since somebody took it."""

    def __init__(self) -> None:
        self._content = bytearray()

    def write(self, content: bytes, /) -> int:
        self._content += content
        return len(content)

    def flush(self) -> None:
        """There is nothing behind it."""

    def close(self) -> None:
        """There is nothing to close."""

    def take(self) -> bytes:
        content = bytes(self._content)
        self._content.clear()
        return content


def numbered(position: int, picture: DraftPicture) -> str:
    """Name a picture so that files sort in the post's order; `position` counts from 0."""
    return f"{position + 1:02d}-{safe_name(picture.name)}"


def safe_name(name: str) -> str:
    """Make a name one that every system takes, without a path and without hidden characters."""
    safe = _UNSAFE.sub("_", name).strip(" .")
    if len(safe) > _LONGEST_NAME:
        stem, dot, ending = safe.rpartition(".")
        kept = _LONGEST_NAME - len(dot + ending)
        safe = stem[:kept] + dot + ending if dot and kept > 0 else safe[:_LONGEST_NAME]
    return safe or "picture"


def disposition(name: str) -> str:
    """Spell the header that makes a browser keep a file under a name.

    Source: RFC 6266, with the name in ASCII for those who know no other.
    """
    safe = safe_name(name)
    return (
        f'attachment; filename="{_NOT_ASCII.sub("_", safe)}"; '
        f"filename*=UTF-8''{quote(safe, safe='', errors='replace')}"
    )


def _busy() -> web.Response:
    sentence = "Too many pictures are being sent right now."
    return web.json_response({"error": sentence}, status=503, headers={hdrs.RETRY_AFTER: "30"})
