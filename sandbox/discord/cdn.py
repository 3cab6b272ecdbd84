"""Serve attachments and avatars, as Discord's CDN does."""

import hashlib
import struct
import zlib

from aiohttp import web

from .faults import Faults
from .state import State

ATTACHMENTS = "/cdn/attachments"
"""What `Faults` call all files of messages together."""


class Cdn:
    """Serves the files of messages and a plain coloured square for every avatar."""

    def __init__(self, state: State, faults: Faults) -> None:
        self._state = state
        self._faults = faults

    def mount(self, app: web.Application) -> None:
        """Serve everything below `/cdn`."""
        files = "{kind:attachments|ephemeral-attachments}/{channel_id}/{attachment_id}/{filename}"
        app.router.add_get("/cdn/" + files, self._file)
        app.router.add_get(
            "/cdn/{path:(?:avatars|embed|icons|emojis|banners|app-icons)/.+}", self._picture
        )

    async def _file(self, request: web.Request) -> web.Response:
        fault = self._faults.take("GET", ATTACHMENTS)
        if fault is not None:
            return web.Response(status=fault.status)
        attachment_id = request.match_info["attachment_id"]
        file = self._state.files.get(int(attachment_id)) if attachment_id.isdecimal() else None
        if file is None:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=file.data, headers={"Content-Type": file.content_type})

    async def _picture(self, request: web.Request) -> web.Response:
        digest = hashlib.sha256(request.match_info["path"].encode()).digest()
        return web.Response(body=png(digest[0], digest[1], digest[2]), content_type="image/png")


def png(red: int, green: int, blue: int, side: int = 16) -> bytes:
    """Draw a square of one colour, `side` pixels wide, as a PNG file."""
    row = b"\0" + bytes((red, green, blue)) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(row * side)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
