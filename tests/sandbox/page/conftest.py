"""The page on a real port, over two small worlds, and a browser's side of its WebSocket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest

from sandbox.demo import Sandbox, open_sandbox


class Browser:
    """Speaks to `/live` as the page does."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.updates: list[dict] = []
        self._seq = 0

    async def ask(self, do: str, **fields: object) -> dict:
        self._seq += 1
        await self.socket.send_json({"seq": self._seq, "do": do, **fields})
        return await self.until(lambda one: one["type"] == "reply" and one["seq"] == self._seq)

    async def until(self, fits: Callable[[dict], bool]) -> dict:
        """Read until an update fits; earlier ones that were read before count too."""
        for update in self.updates:
            if fits(update):
                self.updates.remove(update)
                return update
        async with asyncio.timeout(5):
            while True:
                update = await self.socket.receive_json()
                if fits(update):
                    return update
                self.updates.append(update)

    async def state(self) -> dict:
        return await self.until(lambda one: one["type"] == "state")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(members=120) as opened:
        yield opened


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def browse(sandbox, http):
    @asynccontextmanager
    async def open_browser(viewer: str | None = None) -> AsyncIterator[Browser]:
        query = ""
        if viewer is not None:
            query = f"?viewer={sandbox.scene.world.user_named(viewer).id}"
        address = f"{sandbox.page_url}live{query}"
        origin = sandbox.page_url.rstrip("/")
        async with http.ws_connect(address, headers={"Origin": origin}, max_msg_size=0) as socket:
            yield Browser(socket)

    return open_browser
