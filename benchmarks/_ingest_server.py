"""The real webhook door over a fresh database, with a bare handler beside it; prints its port."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from cryptography.fernet import Fernet, MultiFernet

from core.accept import Inbox
from core.health import Readiness
from storage.migrate import upgrade
from storage.store import SqlStore
from web.app import WebServer, WebSettings, create_app
from web.webhooks import WebhookSettings


def _now() -> datetime:
    return datetime.now(UTC)


async def _bare(request: web.Request) -> web.Response:
    """Read the body and say yes: as little as a receiver on this server can do."""
    await request.read()
    return web.Response(status=200)


async def _ready() -> Readiness:
    return Readiness(database=True, discord=True, token=True, baseline=True, backlog=True)


async def main(folder: Path, secret: str) -> None:
    """Serve until killed."""
    url = f"sqlite:///{folder / 'bench.db'}"
    await upgrade(url)
    store = SqlStore(url, keys=MultiFernet([Fernet(Fernet.generate_key())]), clock=_now)
    inbox = Inbox(store, on_stored=lambda: None)
    settings = WebSettings(port=0, webhooks=WebhookSettings(secrets=(secret,)))

    def new_app() -> web.Application:
        app = create_app(inbox, store, _ready, settings, clock=_now)
        app.router.add_post("/bare", _bare)
        return app

    server = WebServer(new_app, settings, on_listening=lambda port: print(port, flush=True))
    async with asyncio.TaskGroup() as parts:
        parts.create_task(inbox.run())
        parts.create_task(server.run())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
