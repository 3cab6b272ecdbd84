"""Pass files of the stand-ins on to the page, which may load from its own server only."""

from collections.abc import Callable, Collection

import aiohttp
from aiohttp import web

MAX_FILE_BYTES = 12 * 1024 * 1024
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_TIMEOUT = aiohttp.ClientTimeout(total=5)


class Media:
    """Fetches from the stand-ins' own addresses, `bases`, and from nowhere else."""

    def __init__(self, bases: Callable[[], Collection[str]]) -> None:
        self._bases = bases
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Get ready to fetch."""
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=False)

    async def close(self) -> None:
        """Close what was opened; safe to repeat."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def serve(self, request: web.Request) -> web.Response:
        """Answer `GET /media?url=…`: pictures are shown, anything else is offered as a download."""
        url = request.query.get("url", "")
        if self._session is None or not any(url.startswith(f"{base}/") for base in self._bases()):
            return web.Response(status=404, text="This is no file of the demo.")
        try:
            async with self._session.get(url, allow_redirects=False) as answer:
                if answer.status != 200:
                    return web.Response(status=404, text="This content is no longer available.")
                content = await answer.content.read(MAX_FILE_BYTES + 1)
                while len(content) <= MAX_FILE_BYTES and not answer.content.at_eof():
                    content += await answer.content.read(MAX_FILE_BYTES + 1 - len(content))
                kind = answer.content_type
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return web.Response(status=502, text="The stand-in did not answer.")
        if len(content) > MAX_FILE_BYTES:
            return web.Response(status=502, text="This file is too large for the demo.")
        if kind in PICTURES:
            return web.Response(body=content, content_type=kind)
        headers = {"Content-Disposition": "attachment"}
        return web.Response(body=content, content_type="application/octet-stream", headers=headers)
