"""Run a make-believe Discord on a local port."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Self

from aiohttp import web

from sandbox.closing import Listener

from .access import Access
from .actors import Actor
from .calls import MAX_REQUEST_BYTES
from .cdn import Cdn
from .composing import Composer
from .faults import Faults
from .gateway import Gateway
from .interactions import Interactions
from .openapi import RequestSchemas, find_document
from .ratelimits import RateLimits
from .rest import Exchange, Rest, Violation
from .rest_application import ApplicationRoutes
from .rest_channels import ChannelRoutes
from .rest_guilds import GuildRoutes
from .rest_interactions import InteractionRoutes
from .rest_messages import MessageRoutes
from .rest_threads import ThreadRoutes
from .stage import SETTLE, Stage
from .world import World

TOKEN = "c2FuZGJveA.sandbox.bot-token"  # noqa: S105 - it opens nothing but this stand-in
"""The bot token that the stand-in accepts unless told otherwise."""


class DiscordServer:
    """Discord's REST API, gateway and CDN for one bot, on real sockets.

    Point discord.py at it with `Route.BASE = server.api_url`,
    `DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)` and
    `Asset.BASE = server.cdn_url`. `world` is the state, `faults` plans failures, `gateway`
    disturbs connections, `violations` lists what a correct bot would not have sent.
    """

    def __init__(
        self,
        world: World,
        *,
        token: str = TOKEN,
        openapi: Path | RequestSchemas | None = None,
        limits: Mapping[str, tuple[int, float]] | None = None,
        global_per_second: int | None = None,
        heartbeat_seconds: float = 41.25,
        settle: timedelta = SETTLE,
        is_idle: Callable[[], bool] = lambda: False,
    ) -> None:
        """Prepare the server; `start` opens the port.

        `openapi` is Discord's OpenAPI document, or what was read from it (to share it among many
        servers); the default is the project's copy, if there is one. `limits` and
        `global_per_second` switch rate limits on, see `RateLimits`. `settle` is how long simulated
        users wait after the bot's last request: more for a bot in a slow process of its own. Of one
        in this process `is_idle` may tell that it has dealt with everything, which ends the wait.
        """
        self.world = world
        self.token = token
        self.faults = Faults()
        self.interactions = Interactions(world)
        self.gateway = Gateway(world, token=token, heartbeat_seconds=heartbeat_seconds)
        schemas = openapi or find_document()
        if isinstance(schemas, Path):
            schemas = RequestSchemas.load(schemas)
        self.rest = Rest(
            world,
            token=token,
            faults=self.faults,
            limits=RateLimits(limits, global_per_second),
            schemas=schemas,
        )
        self._stage = Stage(world, self.interactions, self.rest.quiet_seconds, settle, is_idle)
        self._runner: web.AppRunner | None = None
        self._origin = ""

    @classmethod
    async def start(
        cls,
        world: World,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        token: str = TOKEN,
        openapi: Path | RequestSchemas | None = None,
        limits: Mapping[str, tuple[int, float]] | None = None,
        global_per_second: int | None = None,
        heartbeat_seconds: float = 41.25,
        settle: timedelta = SETTLE,
    ) -> Self:
        """Open a server on `host`; port 0 takes a free one. Close it after use.

        Raises:
            OSError: the port is taken.
        """
        server = cls(
            world,
            token=token,
            openapi=openapi,
            limits=limits,
            global_per_second=global_per_second,
            heartbeat_seconds=heartbeat_seconds,
            settle=settle,
        )
        await server.open(host, port)
        return server

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Open the port."""
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._listener = Listener(runner)
        await self._listener.open(host, port)
        self._runner = runner
        self._origin = f"{host}:{runner.addresses[0][1]}"
        self.gateway.url = self.gateway_url
        self.world.cdn_url = self.cdn_url

    async def close(self) -> None:
        """End all connections and free the port; safe to repeat."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await self.gateway.close()
            await self._listener.close()

    async def __aenter__(self) -> Self:
        """Open the port unless it is open, for the length of an `async with` block."""
        if self._runner is None:
            await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the server."""
        await self.close()

    @property
    def api_url(self) -> str:
        """Return the address of REST v10, without a slash at its end."""
        return f"http://{self._origin}/api/v10"

    @property
    def gateway_url(self) -> str:
        """Return the address of the gateway."""
        return f"ws://{self._origin}/gateway/"

    @property
    def cdn_url(self) -> str:
        """Return the address of the CDN, without a slash at its end."""
        return f"http://{self._origin}/cdn"

    @property
    def violations(self) -> list[Violation]:
        """List the requests that a correct bot would not have made."""
        return self.rest.violations

    @property
    def exchanges(self) -> list[Exchange]:
        """List the last 2,000 answered requests, oldest first."""
        return list(self.rest.exchanges)

    def user(self, username: str) -> Actor:
        """Act as the user of that name.

        Raises:
            LookupError: there is none.
        """
        return Actor(self._stage, self.world.user_named(username))

    def _app(self) -> web.Application:
        world = self.world
        access, composer = Access(world, world.messages), Composer(world)
        areas = (
            ApplicationRoutes(world, access, lambda: self.gateway_url),
            MessageRoutes(world, access, composer),
            ChannelRoutes(world, access),
            ThreadRoutes(world, access, composer),
            GuildRoutes(world, access),
            InteractionRoutes(world, self.interactions, composer),
        )
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_get("/gateway", self.gateway.handle)
        Cdn(world, self.faults).mount(app)
        self.rest.mount(app, "/api/v10", [route for area in areas for route in area.routes()])
        return app
