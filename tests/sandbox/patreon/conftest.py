"""A world on a clock that stands still, its server, a reader and a webhook receiver."""

import asyncio
import json
from collections import deque
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from sandbox.patreon import Limits, PatreonServer, PatreonWorld, VirtualClock

FIXTURES = Path(__file__).parent / "fixtures"


class Reader:
    """A client of the API with one access token."""

    def __init__(self, session: aiohttp.ClientSession, server: PatreonServer) -> None:
        self.session = session
        self.server = server
        self.token = server.world.creator_token.access_token

    async def ask(self, method: str, path: str, *, token: str | None = None, **options: object):
        headers = {"Authorization": f"Bearer {token or self.token}"}
        url = path if path.startswith("http") else self.server.api_url + path
        async with self.session.request(method, url, headers=headers, **options) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw else None

    async def get(self, path: str, *, token: str | None = None, **params: str):
        named = {
            name.replace("__", "[") + "]" if "__" in name else name: value
            for name, value in params.items()
        }
        return await self.ask("GET", path, token=token, params=named)


class Receiver:
    """A webhook receiver that answers with the statuses it is told, then 204."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: deque[int] = deque()
        self.url = ""
        self.release = asyncio.Event()

    @property
    def triggers(self) -> list[str]:
        return [headers["X-Patreon-Event"] for headers, _ in self.got]

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        return web.Response(status=self.answers.popleft() if self.answers else 204)

    async def take_slowly(self, request: web.Request) -> web.Response:
        await self.release.wait()
        return await self.take(request)


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def world(clock):
    world = PatreonWorld(seed=5, now=clock)
    world.seed_campaign(members=250, posts=45)
    return world


@pytest.fixture
def campaign(world):
    return world.campaign()


@pytest.fixture
async def server(world):
    async with PatreonServer(world, limits=Limits.off(), webhook_timeout=2) as server:
        yield server


@pytest.fixture
async def session():
    async with aiohttp.ClientSession(headers={"User-Agent": "Sandbox tests"}) as session:
        yield session


@pytest.fixture
async def reader(session, server):
    return Reader(session, server)


@pytest.fixture
def read_from(session):
    return lambda server: Reader(session, server)


@pytest.fixture
async def receiver():
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    app.router.add_post("/slow", receiver.take_slowly)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    receiver.release.set()
    await runner.cleanup()


@pytest.fixture
def hook(world, receiver):
    return world.add_hook(receiver.url, "hook-secret")


@pytest.fixture
def example():
    return lambda name: json.loads((FIXTURES / f"{name}.json").read_text())
