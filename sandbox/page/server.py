"""Serve the page: its files, pictures of the stand-ins, and the WebSocket that keeps it alive."""

import asyncio
import contextlib
import random
from pathlib import Path
from typing import Self

from aiohttp import web

from .guard import add_headers, guard, is_own_origin
from .happenings import Happenings
from .media import Media
from .pending import DELIVERIES, GUILD, PATREON, TROUBLES, Topic
from .protocol import MAX_ACTION_BYTES
from .scene import Scene
from .session import Session
from .troubles import Troubles

STATIC = Path(__file__).parent / "static"
MAX_BROWSERS = 20
LOOK_SECONDS = 0.2
"""How often the server looks for changes that nobody announces."""


class PageServer:
    """The page on a local port. Open it with `open`, close it with `close` (or `async with`).

    It listens on 127.0.0.1 only, answers only under its own name, and shows its state only to its
    own page: whoever can open it plays both platforms.
    """

    def __init__(self, scene: Scene, *, seed: int = 1) -> None:
        self._scene = scene
        self._happenings = Happenings(scene.campaigns, random.Random(seed))
        self._troubles = Troubles(scene, seed=seed)
        self._media = Media(lambda: scene.media_bases)
        self._sessions: set[Session] = set()
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._port = 0

    async def open(self, port: int = 0) -> None:
        """Listen; port 0 takes a free one.

        Raises:
            OSError: the port is taken.
        """
        app = web.Application(middlewares=[guard(self._hosts)])
        app.on_response_prepare.append(add_headers)
        app.router.add_get("/", self._page)
        app.router.add_get("/live", self._live)
        app.router.add_get("/media", self._media.serve)
        app.router.add_static("/static/", STATIC)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, keepalive_timeout=15.0)
        await runner.setup()
        self._runner = runner
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError:
            await self.close()
            raise
        self._port = runner.addresses[0][1]
        await self._media.open()
        self._watcher = asyncio.create_task(self._watch(), name="page watcher")

    async def close(self) -> None:
        """End all connections and free the port; safe to repeat."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher
        await self._troubles.close()
        for socket in tuple(self._sockets):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(socket.close(code=1001), 1.0)
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
        await self._media.close()

    async def __aenter__(self) -> Self:
        """Open the page unless it is open."""
        if self._runner is None:
            await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the page."""
        await self.close()

    @property
    def url(self) -> str:
        """Return the address to open in a browser."""
        return f"http://127.0.0.1:{self._port}/"

    def _hosts(self) -> tuple[str, ...]:
        return (f"127.0.0.1:{self._port}", f"localhost:{self._port}")

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _live(self, request: web.Request) -> web.StreamResponse:
        if not is_own_origin(request, self._hosts()):
            return web.Response(status=403, text="Only the demo's own page may connect.")
        if len(self._sessions) >= MAX_BROWSERS:
            return web.Response(status=503, text="Too many browsers look at the demo.")
        socket = web.WebSocketResponse(heartbeat=20.0, max_msg_size=MAX_ACTION_BYTES)
        await socket.prepare(request)
        session = Session(self._scene, socket, happenings=self._happenings, troubles=self._troubles)
        viewer = request.query.get("viewer", "")
        if any(str(user.id) == viewer for user in self._scene.people):
            session.become(int(viewer))
        self._sessions.add(session)
        self._sockets.add(socket)
        try:
            await session.run()
        finally:
            self._sessions.discard(session)
            self._sockets.discard(socket)
        return socket

    async def _watch(self) -> None:
        """Tell the sessions what changes without an event: Patreon, and the bot's connection."""
        seen = self._looks()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = self._looks()
            for topic in (topic for topic in now if now[topic] != seen[topic]):
                for session in tuple(self._sessions):
                    session.pending.note(topic)
            seen = now

    def _looks(self) -> dict[Topic, object]:
        campaigns = self._scene.campaigns
        roster, deliveries = campaigns.roster(), campaigns.hooks.deliveries
        latest = list(deliveries)[-50:]
        return {
            GUILD: self._scene.discord.gateway.connected,
            PATREON: (
                len(roster),
                roster.active,
                [roster.in_tier(tier.id) for tier in campaigns.tiers()],
                len(campaigns.posts()),
                len(self._scene.patreon.requests),
                [(h.uri, h.paused, h.failures) for h in campaigns.hooks.hooks.values()],
            ),
            TROUBLES: [each["is_on"] for each in self._troubles.view()],
            DELIVERIES: [(each.id, len(each.attempts)) for each in latest],
        }
