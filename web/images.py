"""Pictures for everybody who knows their public key: `/images/{public_key}?size=avatar|card|full`.

A page names what stands in with `&or=campaign|tier|user|post`; without it, what nobody may see
looks like what does not exist.
"""

import asyncio
import hashlib
import re

from aiohttp import ETag, hdrs, web

from core.errors import TemporaryError
from core.gallery import Gallery
from core.image_keys import PUBLIC_KEY
from core.image_rows import ImageRow
from core.images import ImageKind
from core.pictures import Size

MOST_WAITS = 4
"""How many requests wait at a time for a picture to be fetched; the others see a placeholder."""

_PUBLIC_KEY = re.compile(PUBLIC_KEY)
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})", re.IGNORECASE)
_HEADERS = {
    # Pages elsewhere may show them: who knows the key may see the picture.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex",
}
_FOREVER = "public, max-age=31536000, immutable"


class Images:
    """Serves the gallery's pictures as WebP."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._waits = asyncio.Semaphore(MOST_WAITS)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Make it reachable, for GET and HEAD."""
        router.add_get("/images/{key}", self.show)

    async def show(self, request: web.Request) -> web.Response:
        """Answer with a picture, a part of it, or its placeholder."""
        try:
            size = Size(request.query.get("size", Size.FULL.value))
            stand_in = ImageKind(request.query["or"]) if "or" in request.query else None
        except ValueError:
            return web.json_response({"error": "There is no such size or kind."}, status=400)
        key = request.match_info["key"]
        try:
            row = await self._find(key) if _PUBLIC_KEY.fullmatch(key) else None
            content = None if row is None else await self._read(row, size)
            if content is not None:
                return _picture(request, content)
            kind = stand_in if row is None else row.kind
            if kind is None:
                raise web.HTTPNotFound
            return _placeholder(await self._gallery.placeholder(kind, size))
        except TemporaryError:
            sentence = "The picture cannot be had right now."
            headers = {hdrs.RETRY_AFTER: "30"}
            return web.json_response({"error": sentence}, status=503, headers=headers)

    async def _find(self, key: str) -> ImageRow | None:
        row = await self._gallery.find(key)
        if row is None or not await self._gallery.is_for_everyone(row):
            return None
        return row

    async def _read(self, row: ImageRow, size: Size) -> bytes | None:
        content = await self._gallery.show(row, size, fetch=False)
        if content is None and not self._waits.locked():
            async with self._waits:
                content = await self._gallery.show(row, size)
        return content


def _picture(request: web.Request, content: bytes) -> web.Response:
    digest = hashlib.sha256(content).hexdigest()
    headers = _HEADERS | {
        hdrs.ETAG: f'"{digest}"',
        hdrs.CACHE_CONTROL: _FOREVER,
        hdrs.ACCEPT_RANGES: "bytes",
    }
    if _is_known(request, digest):
        return web.Response(status=304, headers=headers)
    wanted = request.headers.get(hdrs.RANGE)
    if wanted is None or request.method != hdrs.METH_GET or not _still_holds(request, digest):
        return web.Response(body=content, content_type="image/webp", headers=headers)
    part = part_of(wanted, len(content))
    if part is None:
        return web.Response(body=content, content_type="image/webp", headers=headers)
    if not part:
        refusal = {hdrs.CONTENT_RANGE: f"bytes */{len(content)}"}
        return web.json_response(
            {"error": "There is no such part."}, status=416, headers=_HEADERS | refusal
        )
    headers[hdrs.CONTENT_RANGE] = f"bytes {part.start}-{part.stop - 1}/{len(content)}"
    return web.Response(
        status=206,
        body=content[part.start : part.stop],
        content_type="image/webp",
        headers=headers,
    )


def _placeholder(content: bytes) -> web.Response:
    return web.Response(body=content, content_type="image/webp", headers=_HEADERS)


def _is_known(request: web.Request, digest: str) -> bool:
    known: tuple[ETag, ...] = request.if_none_match or ()
    return any(each.value in (digest, "*") for each in known)


def _still_holds(request: web.Request, digest: str) -> bool:
    """Tell whether a part may be sent; a date in `If-Range` never fits, for we tell none."""
    condition = request.headers.get(hdrs.IF_RANGE)
    return condition is None or condition.strip() == f'"{digest}"'


def part_of(wanted: str, length: int) -> range | None:
    """Read the `Range` header of a request for `length` bytes, at least one.

    An empty range cannot be satisfied; None means that the whole is to be sent, because the
    header is malformed, of another unit or asks for several parts.

    Source: RFC 9110, 14.1.2 and 14.2.
    """
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return range(max(length - int(match[2]), 0), length)
    first = int(match[1])
    last = int(match[2]) if match[2] else length - 1
    if match[2] and last < first:
        return None
    return range(min(first, length), min(last + 1, length))
