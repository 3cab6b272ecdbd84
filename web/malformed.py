"""What cannot be read as a request: a bare refusal that quotes nothing and tells no version."""

import asyncio
from datetime import timedelta

from aiohttp import web

from web.headers import HARDENED
from web.refusals import Refusals


class Handler(web.RequestHandler):
    """Speaks HTTP on one connection.

    The server's own answer to bytes that are no request carries them back, with its version, and
    each would be an error in the log.
    """

    __slots__ = ("_refusals",)

    def __init__(
        self,
        server: web.Server,
        refusals: Refusals,
        *,
        head_deadline: timedelta,
    ) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]
            # A signature covers the bytes as they were sent, and nothing may unpack to gigabytes.
            auto_decompress=False,
            # It covers the first head of a connection too, and slow bytes do not extend it.
            keepalive_timeout=head_deadline.total_seconds(),
            lingering_time=2,
        )
        self._refusals = refusals

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Refuse what could not be read, and close."""
        self._refusals.note(request.remote or "", type(exc).__name__)
        response = web.Response(
            status=status,
            text="This is no request that can be read.\n",
            # Left out, the header would be filled in with the versions of what runs here.
            headers=HARDENED | {"Server": ""},
        )
        response.force_close()
        return response
