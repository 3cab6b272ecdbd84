"""A real server on a free port over a real database."""

import asyncio
import hashlib
import hmac
import io
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from core.accept import DEADLINE, Inbox
from core.health import Readiness
from core.meters import NO_METERS
from web.app import WebServer, WebSettings, create_app
from web.webhooks import WebhookSettings

SECRET = "hook-secret-0815"
EVERYTHING = Readiness(database=True, discord=True, token=True, baseline=True, backlog=True)
SERVER_SETTINGS = {"trusted_proxies", "head_deadline", "most_connections"}
END_OF_TIME = datetime(2100, 1, 1, tzinfo=UTC)


def sign(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.md5).hexdigest()


@dataclass
class Site:
    """A running server, and the way to ask it."""

    port: int
    client: aiohttp.ClientSession
    store: Any

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def post(
        self, body: bytes, headers: Any = None, *, path: str = "/webhooks/patreon"
    ) -> aiohttp.ClientResponse:
        """Post `body`, signed unless `headers` are given."""
        if headers is None:
            headers = {"X-Patreon-Signature": sign(body), "X-Patreon-Event": "members:update"}
        async with self.client.post(
            self.url(path), data=io.BytesIO(body), headers=headers
        ) as response:
            await response.read()
            return response

    async def get(self, path: str, **options: Any) -> aiohttp.ClientResponse:
        async with self.client.get(self.url(path), **options) as response:
            await response.read()
            return response

    async def events(self) -> list[Any]:
        """Everything that was stored."""
        async with self.store.write() as work:
            return list(
                await work.events.claim_due(END_OF_TIME, lease=timedelta(hours=1), limit=1_000)
            )


@pytest.fixture
async def serve(store, clock):
    """Start servers; `serve(inbox=…, store=…, readiness=…, **settings)` gives a `Site`."""
    default_store = store
    async with AsyncExitStack() as stack:

        async def start(
            *,
            inbox=None,
            store=None,
            readiness=None,
            is_alive=lambda: True,
            meters=NO_METERS,
            gallery=None,
            store_deadline=DEADLINE,
            **settings,
        ):
            behind = store or default_store
            if inbox is None:
                inbox = Inbox(behind, on_stored=lambda: None, deadline=store_deadline)
                await stack.enter_async_context(_running(inbox.run()))

            async def all_is_well():
                return EVERYTHING

            settings.setdefault("secrets", (SECRET,))
            of_server = {k: settings.pop(k) for k in SERVER_SETTINGS & settings.keys()}
            web_settings = WebSettings(port=0, webhooks=WebhookSettings(**settings), **of_server)
            port = asyncio.get_running_loop().create_future()
            server = WebServer(
                lambda: create_app(
                    inbox,
                    behind,
                    readiness or all_is_well,
                    web_settings,
                    clock=clock,
                    is_alive=is_alive,
                    meters=meters,
                    gallery=gallery,
                ),
                web_settings,
                clock=clock,
                on_listening=port.set_result,
            )
            await stack.enter_async_context(_running(server.run()))
            client = await stack.enter_async_context(aiohttp.ClientSession())
            async with asyncio.timeout(5):
                return Site(await port, client, behind)

        yield start


@pytest.fixture
async def site(serve):
    """A server that knows one secret."""
    return await serve()


class _running:  # noqa: N801
    """Runs a coroutine beside the block and cancels it at the end."""

    def __init__(self, coroutine):
        self._coroutine = coroutine

    async def __aenter__(self):
        self._task = asyncio.create_task(self._coroutine)
        return self._task

    async def __aexit__(self, *error):
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
