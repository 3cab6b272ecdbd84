"""The web application and the server that runs it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from aiohttp import web

from core.accept import Inbox
from core.consent import Consent
from core.errors import PermanentError
from core.gallery import Gallery
from core.handover import HandOvers
from core.health import Readiness
from core.meters import NO_METERS, Meters
from core.ports import Clock
from core.previews import Previews
from core.store import Store
from core.whole import WholePosts
from web.addresses import Network, client_address
from web.connections import Connections, Handler
from web.handover import HandOverPages
from web.headers import HARDENED
from web.health import HealthPages
from web.images import Images
from web.malformed import Handler as HttpHandler
from web.oauth import ConsentPages
from web.preview import PreviewPages
from web.refusals import Refusals
from web.webhooks import Webhooks, WebhookSettings
from web.whole import WholePages

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where to listen (port 0: any free one) and whom to believe about the client's address.

    `stop_deadline` is what requests in hand get at the end; those that want more are cut off
    within as much again. A connection on which no whole request head has arrived for
    `head_deadline` is closed, counted from its beginning or from the answer before; at most
    `most_connections` are open at once.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    trusted_proxies: tuple[Network, ...] = ()
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    stop_deadline: timedelta = timedelta(seconds=1)
    head_deadline: timedelta = timedelta(seconds=15)
    most_connections: int = 1_000


def create_app(
    inbox: Inbox,
    store: Store,
    readiness: Callable[[], Awaitable[Readiness]],
    settings: WebSettings,
    *,
    clock: Clock,
    is_alive: Callable[[], bool] = lambda: True,
    meters: Meters = NO_METERS,
    consent: Consent | None = None,
    gallery: Gallery | None = None,
    hand_overs: HandOvers | None = None,
    whole_posts: WholePosts | None = None,
    previews: Previews | None = None,
) -> web.Application:
    """Build the application.

    `readiness` is usually `Health.readiness`, `is_alive` the watchdog's `is_content`. Without a
    `gallery` no pictures are served, without `hand_overs`, `whole_posts` and `previews` no composed
    posts.
    """
    app = web.Application(client_max_size=settings.webhooks.max_body_bytes)
    app.on_response_prepare.append(_add_headers)

    def caller(request: web.Request) -> str:
        forwarded = request.headers.getall("X-Forwarded-For", [])
        return client_address(request.remote, forwarded, settings.trusted_proxies)

    app.router.add_get("/", _index)
    HealthPages(readiness, clock=clock, is_alive=is_alive).add_routes(app.router)
    if consent is not None:
        ConsentPages(consent, clock=clock, caller=caller).add_routes(app.router)
    if gallery is not None:
        Images(gallery).add_routes(app.router)
    if hand_overs is not None:
        HandOverPages(hand_overs, clock=clock, caller=caller).add_routes(app.router)
    if whole_posts is not None:
        WholePages(whole_posts, clock=clock, caller=caller).add_routes(app.router)
    if previews is not None:
        PreviewPages(previews, clock=clock, caller=caller).add_routes(app.router)
    Webhooks(inbox, store, settings.webhooks, clock=clock, caller=caller, meters=meters).add_routes(
        app.router
    )
    return app


class WebServer:
    """Serves an application for good.

    `on_listening` is told the port once requests are taken.
    """

    def __init__(
        self,
        new_app: Callable[[], web.Application],
        settings: WebSettings,
        *,
        clock: Clock,
        on_listening: Callable[[int], None] = lambda port: None,
    ) -> None:
        self._new_app = new_app
        self._settings = settings
        self._clock = clock
        self._on_listening = on_listening

    async def run(self) -> None:
        """Serve until cancelled; then take nothing new, finish what is in hand, and close.

        Raises:
            PermanentError: the address cannot be listened on.
        """
        connections = Connections(self._settings.most_connections, clock=self._clock)
        malformed = Refusals(self._clock, "malformed request refused")
        runner = web.AppRunner(
            self._new_app(),
            handle_signals=False,
            shutdown_timeout=self._settings.stop_deadline.total_seconds(),
        )
        await runner.setup()
        listening: asyncio.Server | None = None
        try:
            if runner.server is not None:
                # Around the application, because a middleware costs each request twice as much.
                answers = _answering_errors(runner.server.request_handler)
                runner.server.request_handler = connections.noting(answers)
                new_handler = partial(
                    HttpHandler,
                    runner.server,
                    malformed,
                    head_deadline=self._settings.head_deadline,
                )
                listening = await self._listen(connections.door(runner.server, new_handler))
            await _for_good()
        finally:
            if listening is not None:
                listening.close()
            await runner.cleanup()

    async def _listen(self, door: Callable[[], asyncio.Protocol]) -> asyncio.Server:
        host, port = self._settings.host, self._settings.port
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(door, host, port, backlog=1024)
        except OSError as error:
            raise PermanentError(
                f"The web server cannot listen on {host} port {port} ({error.strerror}). Another "
                "program may use it: change `server.port` (PATREON_SERVER_PORT) or stop that one."
            ) from error
        taken: int = server.sockets[0].getsockname()[1]
        log.info("web server listening", extra={"host": host, "port": taken})
        self._on_listening(taken)
        return server


async def _for_good() -> None:
    await asyncio.Event().wait()


async def _index(_: web.Request) -> web.Response:
    return web.Response(
        text="This is a Discord bot for Patreon creators; it receives Patreon's webhooks here.\n"
    )


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in HARDENED.items():
        response.headers.setdefault(name, value)
    response.headers.popall("Server", None)


def _answering_errors(handler: Handler) -> Handler:
    """Turn what goes wrong into an answer that says nothing of the inside."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return web.json_response({"error": "There is nothing at this address."}, status=404)
        except web.HTTPException:
            raise
        except Exception:
            log.exception("request failed", extra={"path": _route(request)})
            return web.json_response({"error": "Something went wrong here."}, status=500)

    return answer


def _route(request: web.BaseRequest) -> str:
    """Name the route of a request; its path may hold a secret."""
    resource = request.match_info.route.resource if isinstance(request, web.Request) else None
    return resource.canonical if resource else "?"
