"""The stand-in on a real socket: API v2, OAuth2, images and the webhook sender."""

from collections import deque
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.closing import Listener
from sandbox.patreon.access import API_PREFIX
from sandbox.patreon.app import RequestRecord, build_app
from sandbox.patreon.clock import VirtualClock
from sandbox.patreon.hooks import Delivery, Hook
from sandbox.patreon.limits import Gate, Limits
from sandbox.patreon.portal import portal_test_body
from sandbox.patreon.sender import HookSender
from sandbox.patreon.world import PatreonWorld


class PatreonServer:
    """Show a world over HTTP and send its webhooks.

    Use `await PatreonServer.start(world)` and `close()`, or `async with PatreonServer(world)`.
    To make it part of another application, call `place(base_url)` and run or mount `app`.
    `image_base_url` is what image links start with; the server itself unless told.
    """

    def __init__(
        self,
        world: PatreonWorld,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: Limits | None = None,
        image_base_url: str | None = None,
        webhook_timeout: float = 10.0,
        kept_requests: int = 2000,
    ) -> None:
        self.world = world
        self.requests: deque[RequestRecord] = deque(maxlen=kept_requests)
        self.url = world.site_url
        self._host = host
        self._port = port
        self._image_base_url = image_base_url
        self._webhook_timeout = webhook_timeout
        self._sender: HookSender | None = None
        self._runner: web.AppRunner | None = None
        self.app = build_app(world, Gate(limits if limits is not None else Limits()), self.requests)
        self.app.cleanup_ctx.append(self._send_webhooks)

    @classmethod
    async def start(
        cls,
        world: PatreonWorld,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        limits: Limits | None = None,
        image_base_url: str | None = None,
        webhook_timeout: float = 10.0,
    ) -> Self:
        """Open the server; port 0 takes a free one."""
        server = cls(
            world,
            host=host,
            port=port,
            limits=limits,
            image_base_url=image_base_url,
            webhook_timeout=webhook_timeout,
        )
        await server.open()
        return server

    async def open(self) -> None:
        """Listen, and begin to send webhooks."""
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.25)
        await self._runner.setup()
        self._listener = Listener(self._runner)
        await self._listener.open(self._host, self._port)
        port = self._runner.addresses[0][1]
        self.place(f"http://{self._host}:{port}")

    async def close(self) -> None:
        """Stop listening and sending; what was not delivered stays in the world."""
        if self._runner is not None:
            await self._listener.close()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def place(self, base_url: str) -> None:
        """Let all links of the world start with `base_url`."""
        self.url = base_url.rstrip("/")
        self.world.site_url = self.url
        self.world.images.base_url = self._image_base_url or self.url

    @property
    def api_url(self) -> str:
        """Where the resources are found."""
        return f"{self.url}{API_PREFIX}"

    @property
    def authorize_url(self) -> str:
        """Where a person gives their consent."""
        return f"{self.url}/oauth2/authorize"

    @property
    def token_url(self) -> str:
        """Where codes and refresh tokens are exchanged."""
        return f"{self.url}/api/oauth2/token"

    @property
    def image_base_url(self) -> str:
        """What image links start with."""
        return self.world.images.base_url

    @property
    def image_host(self) -> str:
        """The host and port of image links."""
        return self.image_base_url.partition("://")[2]

    @property
    def sender(self) -> HookSender:
        """The sender of webhooks.

        Raises:
            RuntimeError: the server is not open.
        """
        if self._sender is None:
            raise RuntimeError("The server is not open.")
        return self._sender

    async def drain(self, timeout: float = 5.0) -> None:
        """Wait until every webhook that is due was tried.

        Raises:
            TimeoutError: that took longer than `timeout` seconds.
        """
        await self.sender.drain(timeout)

    def send_test(self, hook: Hook, trigger: str = "members:create") -> Delivery:
        """Press the portal's "Send test" button for a hook."""
        campaign = self.world.campaign(hook.campaign_id)
        body = portal_test_body(campaign.id, campaign.creator_id, campaign.vanity)
        delivery = self.world.hooks.store(hook, trigger, body)
        self.world.hooks.wake()
        return delivery

    async def _send_webhooks(self, _app: web.Application) -> AsyncIterator[None]:
        clock = self.world.now
        async with HookSender(
            self.world.hooks, clock, timeout=self._webhook_timeout
        ) as self._sender:
            stop = clock.subscribe(self._sender.wake) if isinstance(clock, VirtualClock) else None
            yield
            if stop is not None:
                stop()
        self._sender = None
