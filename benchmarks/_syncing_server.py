"""The webhook door and a sync in one process, as in the bot; prints its port.

`python -m benchmarks._syncing_server SECRET PAGES_PORT DATABASE` takes over the campaign of
`benchmarks._pages`, a page per 600 ms, while its gate is open: `POST /gate/open` and
`POST /gate/shut` move it. It is shut when the port is told.
"""

import asyncio
import sys
from datetime import timedelta

from aiohttp import web

from benchmarks._syncing import nothing, now, open_syncing
from bot.collector import tune_collector
from core.accept import Inbox
from core.health import Readiness
from patreon.settings import Limits
from web.app import WebServer, WebSettings, create_app
from web.webhooks import WebhookSettings

_PATREONS = Limits(per_token=1, token_window=timedelta(milliseconds=600))


async def _ready() -> Readiness:
    return Readiness(database=True, discord=True, token=True, baseline=True, backlog=True)


async def main(secret: str, pages_port: int, database: str) -> None:
    """Serve until killed."""
    tune_collector()
    gate = asyncio.Event()
    gate.set()
    settings = WebSettings(port=0, webhooks=WebhookSettings(secrets=(secret,)))

    async def wait_for_turn(seconds: float) -> None:
        await asyncio.sleep(seconds)
        await gate.wait()

    async def move_gate(request: web.Request) -> web.Response:
        if request.match_info["where"] == "open":
            gate.set()
        else:
            gate.clear()
        return web.Response()

    async with open_syncing(pages_port, database, _PATREONS, sleep=wait_for_turn) as syncing:
        gate.clear()
        inbox = Inbox(syncing.store, on_stored=nothing)

        def new_app() -> web.Application:
            app = create_app(inbox, syncing.store, _ready, settings, clock=now)
            app.router.add_post("/gate/{where}", move_gate)
            return app

        def say(port: int) -> None:
            print(port, flush=True)

        server = WebServer(new_app, settings, clock=now, on_listening=say)
        async with asyncio.TaskGroup() as parts:
            parts.create_task(inbox.run())
            parts.create_task(server.run())
            parts.create_task(syncing.run(is_first=True))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
