import asyncio
import contextlib
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from sandbox.discord import DiscordServer, default_world
from sandbox.discord.interactions import Kind
from sandbox.discord.openapi import RequestSchemas

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = Path(os.environ.get("DISCORD_OPENAPI") or ROOT / "tests/fixtures/discord-openapi.json")


class Clock:
    """Follows the real clock, plus what a test adds."""

    def __init__(self):
        self.ahead = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.ahead

    def advance(self, **by):
        self.ahead += timedelta(**by)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def world(clock):
    return default_world(clock)


@pytest.fixture(scope="session")
def schemas():
    return RequestSchemas.load(DOCUMENT) if DOCUMENT.is_file() else None


@pytest.fixture
async def server(world, schemas):
    async with DiscordServer(world, openapi=schemas) as server:
        yield server


@pytest.fixture
def checked(server):
    """The server, checking against Discord's OpenAPI document."""
    if not DOCUMENT.is_file():
        pytest.skip(f"Discord's OpenAPI document is not at {DOCUMENT}")
    return server


@pytest.fixture
async def ask(server):
    """Send one request with the bot's token: returns the status and the JSON answer."""
    async with aiohttp.ClientSession() as session:

        async def send(method, path, body=None, *, token=server.token, files=(), **more):
            headers = {"Authorization": f"Bot {token}"} if token else {}
            if files:
                form = aiohttp.FormData()
                form.add_field("payload_json", json.dumps(body), content_type="application/json")
                for at, (name, content) in enumerate(files):
                    form.add_field(f"files[{at}]", content, filename=name)
                more["data"] = form
            elif body is not None:
                more["json"] = body
            url = server.api_url + path
            async with session.request(method, url, headers=headers, **more) as response:
                is_json = response.headers.get("Content-Type") == "application/json"
                return response.status, await response.json() if is_json else None

        yield send


@pytest.fixture
def start(server, world):
    """Open an interaction without a client: returns it and the path of its callback."""

    def open_one(kind=Kind.COMMAND, username="moderator", channel="general", **more):
        user, place = world.user_named(username), world.channel_named(channel)
        interaction = server.interactions.open(kind, user, place, {}, name="test", **more)
        path = f"/interactions/{interaction.id}/{interaction.token}/callback?with_response=1"
        return interaction, path

    return open_one


class Client(discord.Client):
    """The real client, with a command tree and nothing of the bot."""

    def __init__(self, intents=None, **options):
        options.setdefault("guild_ready_timeout", 0.02)
        super().__init__(
            intents=intents or discord.Intents(guilds=True),
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=30.0,
            **options,
        )
        self.tree = app_commands.CommandTree(self)
        self.failures = []
        self.runner = None

    async def on_error(self, name, *args, **kwargs):
        self.failures.append(sys.exc_info()[1])

    async def online(self, token):
        """Log in, register the tree's commands, and wait until the guilds are known."""
        await self.login(token)
        if self.tree.get_commands():
            await self.tree.sync()
        self.runner = asyncio.create_task(self.connect())
        waiter = asyncio.create_task(self.wait_until_ready())
        await asyncio.wait({self.runner, waiter}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        waiter.cancel()
        if self.runner.done():
            self.runner.result()
        return self

    async def offline(self):
        await self.close()
        if self.runner is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self.runner, 5)


@pytest.fixture
def pointed(server, monkeypatch):
    monkeypatch.setattr(Route, "BASE", server.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
    monkeypatch.setattr(discord.Asset, "BASE", server.cdn_url)
    return server


@pytest.fixture
async def new_client(pointed):
    clients = []

    def make(intents=None, **options):
        client = Client(intents, **options)
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.offline()
        assert client.failures == []


@pytest.fixture
async def client(new_client):
    return new_client()
