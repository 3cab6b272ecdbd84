"""The real webhook door in a process of its own, or what it is measured against; prints its port.

`python -m benchmarks._ingest_server KIND SECRET [DATABASE]` with one of these kinds:

bare        a plain aiohttp application that reads the body and says yes
door        our door with an inbox that stores nothing
verify      the same, with an inbox that reads the document and forgets it
batched     our door as it is
single      our door with a commit of its own for each request
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import web
from cryptography.fernet import Fernet, MultiFernet

from bot.collector import tune_collector
from core.accept import Inbox
from core.health import Readiness
from core.inbox import Delivery
from storage.store import SqlStore
from web.app import WebServer, WebSettings, create_app
from web.webhooks import WebhookSettings


class _Nowhere(Inbox):
    """Says at once that a delivery is stored."""

    async def accept(self, delivery: Delivery) -> None:
        pass


class _Reading(Inbox):
    """Reads what was delivered, as a receiver without an inbox must, and forgets it."""

    async def accept(self, delivery: Delivery) -> None:
        json.loads(delivery.body)


def _now() -> datetime:
    return datetime.now(UTC)


def _say(port: int) -> None:
    print(port, flush=True)


async def _ready() -> Readiness:
    return Readiness(database=True, discord=True, token=True, baseline=True, backlog=True)


async def _answer(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(status=200)


async def _serve_bare() -> None:
    app = web.Application()
    app.router.add_post("/webhooks/patreon", _answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    _say(runner.addresses[0][1])
    await asyncio.Event().wait()


async def _serve_door(new_inbox: Callable[[SqlStore], Inbox], secret: str, database: str) -> None:
    store = SqlStore(database, keys=MultiFernet([Fernet(Fernet.generate_key())]), clock=_now)
    inbox = new_inbox(store)
    settings = WebSettings(port=0, webhooks=WebhookSettings(secrets=(secret,)))

    def new_app() -> web.Application:
        return create_app(inbox, store, _ready, settings, clock=_now)

    server = WebServer(new_app, settings, clock=_now, on_listening=_say)
    async with asyncio.TaskGroup() as parts:
        parts.create_task(inbox.run())
        parts.create_task(server.run())


def _serve(kind: str, secret: str, database: str) -> Awaitable[None]:
    inboxes: dict[str, Callable[[SqlStore], Inbox]] = {
        "door": lambda store: _Nowhere(store, on_stored=lambda: None),
        "verify": lambda store: _Reading(store, on_stored=lambda: None),
        "batched": lambda store: Inbox(store, on_stored=lambda: None),
        "single": lambda store: Inbox(store, on_stored=lambda: None, batch=1),
    }
    return _serve_bare() if kind == "bare" else _serve_door(inboxes[kind], secret, database)


async def main(kind: str, secret: str, database: str = "sqlite:////nowhere/none.db") -> None:
    """Serve until killed."""
    if kind != "bare":
        tune_collector()
    await _serve(kind, secret, database)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
