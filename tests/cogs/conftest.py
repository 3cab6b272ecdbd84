"""The real client over real sockets against the stand-in, the real use cases on SQLite."""

import asyncio
import os
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from hypothesis import HealthCheck, settings

from cogs.client import DiscordPart
from core.audit_trail import AuditTrail
from core.feed import Feed, FeedPolicy
from core.letters import Letters
from core.permissions import Rights
from core.ports import Usage
from core.roster import Roster
from core.services import Services
from core.status import Status
from core.sync import Sync
from sandbox.discord.openapi import RequestSchemas, find_document
from sandbox.discord.seeds import default_world
from sandbox.discord.server import DiscordServer
from tests.cogs.in_memory import InMemoryPatreon
from tests.factories import save_campaign, save_link

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def database():
    return "sqlite"


@pytest.fixture
def world(clock):
    return default_world(clock)


@pytest.fixture
def guild(world):
    return next(iter(world.guilds.values()))


@pytest.fixture(scope="session")
def openapi():
    """Discord's OpenAPI document, read once; None when the project has no copy."""
    given = os.environ.get("DISCORD_OPENAPI")
    document = Path(given) if given else find_document()
    return RequestSchemas.load(document) if document else None


@pytest.fixture
async def server(world, openapi, monkeypatch):
    """The stand-in, and discord.py pointed at it; no request may break Discord's rules."""
    async with DiscordServer(world, openapi=openapi) as server:
        monkeypatch.setattr(Route, "BASE", server.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
        monkeypatch.setattr(discord.Asset, "BASE", server.cdn_url)
        yield server
        assert server.violations == []


@pytest.fixture
def api(clock):
    return InMemoryPatreon(clock)


@pytest.fixture
def services(store, api, clock):
    return Services(
        sync=Sync(
            store,
            lambda creator_id: api,
            Feed(FeedPolicy(), new_marker=lambda: "marker"),
            clock=clock,
            on_announced=lambda: None,
            on_baseline=lambda: None,
        ),
        roster=Roster(store),
        letters=Letters(store, clock=clock, on_replayed=lambda: None),
        rights=Rights(store, clock=clock),
        audit=AuditTrail(store),
        status=Status(
            store,
            clock=clock,
            usage=lambda: Usage(
                total=12, last_minute=3, minute_limit=80, refused_last_10_minutes=0
            ),
            version="1.2.3",
            has_configured_secret=True,
        ),
    )


@pytest.fixture
def new_part(server, services, store, clock):
    """Make a part that is not running; keywords replace what it would be given."""

    def make(token=None, **overrides):
        return DiscordPart(
            token or server.token,
            overrides.pop("services", services),
            store,
            clock=clock,
            random=lambda: 0.0,
            guild_ready_timeout=timedelta(milliseconds=20),
            first_retry=timedelta(milliseconds=20),
            **overrides,
        )

    return make


@asynccontextmanager
async def running(part):
    """Run a part for the length of the block and close it at the end."""
    task = asyncio.create_task(part.run())
    try:
        await until(lambda: task.done() or part.connection().is_ready)
        if task.done():
            task.result()
        yield part
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=5)


async def until(happened, *, timeout=10.0):
    """Wait until `happened()` is true."""
    async with asyncio.timeout(timeout):
        while not happened():
            await asyncio.sleep(0.01)


@pytest.fixture
async def part(new_part):
    async with running(new_part()) as part:
        yield part


@pytest.fixture
def feed(world):
    return world.channel_named("patreon-feed")


@pytest.fixture
async def linked(store, guild, feed):
    """The guild follows the synced campaign 1001 and shows it in #patreon-feed."""
    await save_campaign(store)
    return await save_link(store, guild_id=guild.id, feed_channel_id=feed.id)


@pytest.fixture
def moderator(server, part):
    return server.user("moderator")
