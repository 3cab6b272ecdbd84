"""Listening in a way that can end without leaving a connection open behind it."""

import asyncio
import socket

from aiohttp import web

_TURNS = 20
"""More than asyncio takes to hand over what it accepted, or an end in this process to notice."""


class Listener:
    """Lets a runner's server listen; port 0 takes any free one.

    asyncio loses a connection that it has accepted but not yet handed over when its server is
    closed, so nothing more is accepted for some turns of the loop before that.
    """

    def __init__(self, runner: web.AppRunner) -> None:
        self._runner = runner
        self._socket: socket.socket | None = None

    async def open(self, host: str, port: int) -> None:
        """Begin to listen."""
        self._socket = socket.create_server((host, port), backlog=128)
        self._socket.setblocking(False)
        await web.SockSite(self._runner, self._socket).start()

    async def close(self) -> None:
        """End the server and every connection, and let the other ends notice."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            await _some_turns()
        await self._runner.cleanup()
        await _some_turns()


async def _some_turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)
