"""How many connections may be open at once."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from core.ports import Clock
from web.refusals import Refusals

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Retry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)


class Connections:
    """Bounds the open connections of a server.

    One above `most` takes the place of the oldest on which no request is in hand, so that many
    silent connections shut nobody out. While requests are in hand on all of them it is answered
    503 and closed.
    """

    def __init__(self, most: int, *, clock: Clock) -> None:
        self._most = most
        self._busy: set[web.RequestHandler] = set()
        self._full = Refusals(clock, "connections full")

    def noting(self, handler: Handler) -> Handler:
        """Give a handler that notes on which connections a request is in hand."""
        busy = self._busy

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            connection = request.protocol
            busy.add(connection)
            try:
                return await handler(request)
            finally:
                busy.discard(connection)

        return handle

    def door(
        self, server: web.Server, new_handler: Callable[[], web.RequestHandler]
    ) -> Callable[[], asyncio.Protocol]:
        """Give what `create_server` asks for each new connection."""
        return lambda: _Door(self, server, new_handler)

    def make_room(self, server: web.Server) -> bool:
        """Tell whether one more connection may be opened, closing an idle one if need be."""
        if len(server.connections) < self._most:
            return True
        self._full.note("", f"{self._most} are open")
        # One that was closed just now is still counted by the server.
        is_open = [each for each in server.connections if each.connected]
        if len(is_open) < self._most:
            return True
        idle = next((each for each in is_open if each not in self._busy), None)
        if idle is None:
            return False
        idle.force_close()
        return True


class _Door(asyncio.Protocol):
    """Decides about a connection once it is made, when the others are counted."""

    def __init__(
        self,
        connections: Connections,
        server: web.Server,
        new_handler: Callable[[], web.RequestHandler],
    ) -> None:
        self._connections = connections
        self._server = server
        self._new_handler = new_handler

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hand the connection to the web server, or turn it away."""
        if self._connections.make_room(self._server):
            handler = self._new_handler()
            transport.set_protocol(handler)
            handler.connection_made(transport)
        elif isinstance(transport, asyncio.WriteTransport):
            transport.write(_FULL)
            transport.close()
