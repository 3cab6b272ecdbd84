"""The real client over real sockets against the stand-in, the real use cases on SQLite."""

import asyncio
import secrets
from contextlib import asynccontextmanager
from datetime import timedelta

import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from cogs.client import DiscordPart
from core.accounts import GuildCreator, TokenState
from core.alarm import Alarm
from core.audit_trail import AuditTrail
from core.consent import Consent
from core.consents import Addresses
from core.disconnect import Disconnecting
from core.doctor.examine import Doctor
from core.feed import Feed, FeedPolicy
from core.letters import Letters
from core.lookups import Lookups
from core.outbox import Outbox
from core.patrons import Patrons
from core.permissions import Rights
from core.ports import Usage
from core.roster import Roster
from core.services import Services
from core.settings import Settings
from core.status import Status
from core.sync import Sync
from core.trial import Trials
from core.wording import Wording
from sandbox.discord.seeds import default_world
from sandbox.discord.server import DiscordServer
from tests.cogs.calm import CHOICES, CalmSurroundings
from tests.cogs.in_memory import InMemoryExchange, InMemoryPatreon, InMemoryPictures
from tests.cogs.posting import follow, post_services
from tests.factories import NOW, save_campaign, save_link
from tests.schemas import discord_schemas

ADDRESSES = Addresses(
    authorize="https://bot.example.com/oauth/authorize",
    redirect_uri="https://bot.example.com/oauth/callback",
)


@pytest.fixture
def database():
    return "sqlite"


@pytest.fixture
def world(clock):
    return default_world(clock)


@pytest.fixture
def guild(world):
    return next(iter(world.guilds.values()))


_WORK = ("CommandTree-invoker", "discord-ui-", "discord.py: ")


def is_idle():
    """Tell that discord.py is at work for nobody: what it does is in tasks that it names so."""
    return not any(task.get_name().startswith(_WORK) for task in asyncio.all_tasks())


@pytest.fixture
async def server(world, monkeypatch):
    """The stand-in, and discord.py pointed at it; no request may break Discord's rules."""
    async with DiscordServer(world, openapi=discord_schemas(), is_idle=is_idle) as server:
        monkeypatch.setattr(Route, "BASE", server.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
        monkeypatch.setattr(discord.Asset, "BASE", server.cdn_url)
        yield server
        assert server.violations == []


@pytest.fixture
def api(clock):
    return InMemoryPatreon(clock)


@pytest.fixture
def exchange():
    return InMemoryExchange()


@pytest.fixture
def patrons(store, clock):
    return Patrons(store, FeedPolicy(), clock=clock, on_announced=lambda: None)


@pytest.fixture
def consent(store, api, clock, exchange, patrons):
    return Consent(
        store,
        exchange,
        lambda creator_id: api,
        addresses=ADDRESSES,
        clock=clock,
        new_state=lambda: secrets.token_urlsafe(32),
        on_connected=lambda creator_id: None,
        link=patrons.link_proven,
    )


@pytest.fixture
def surroundings():
    return CalmSurroundings()


@pytest.fixture
def status(store, clock):
    return Status(
        store,
        clock=clock,
        usage=lambda: Usage(total=12, last_minute=3, minute_limit=80, refused_last_10_minutes=0),
        version="1.2.3",
        has_configured_secret=True,
    )


@pytest.fixture
def pictures(store, clock, tmp_path):
    return InMemoryPictures(store, clock, tmp_path / "images")


@pytest.fixture
def services(store, api, clock, status, surroundings, consent, patrons, pictures, tmp_path):
    return Services(
        **post_services(store, clock, tmp_path / "images", pictures),
        sync=Sync(
            store,
            lambda creator_id: api,
            Feed(FeedPolicy(), new_marker=lambda: secrets.token_hex(8)),
            clock=clock,
            on_announced=lambda: None,
            on_baseline=lambda: None,
        ),
        roster=Roster(store),
        letters=Letters(store, clock=clock, on_replayed=lambda: None),
        rights=Rights(store, clock=clock),
        audit=AuditTrail(store),
        wording=Wording(store, FeedPolicy(), clock=clock),
        lookups=Lookups(store, clock=clock),
        consent=consent,
        disconnecting=Disconnecting(
            store,
            lambda creator_id: api,
            clock=clock,
            on_disconnected=lambda creator_id: None,
            on_unfollowed=lambda: None,
        ),
        settings=Settings(
            store,
            FeedPolicy(),
            has_public_url=True,
            has_configured_secret=False,
            clock=clock,
            on_followed=lambda: None,
        ),
        trials=Trials(
            store, clock=clock, new_marker=lambda: secrets.token_hex(8), on_announced=lambda: None
        ),
        status=status,
        doctor=Doctor(store, status, lambda creator_id: api, surroundings, CHOICES, clock=clock),
        patrons=patrons,
        gallery=pictures.gallery,
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
            guild_ready_timeout=timedelta(milliseconds=5),
            first_retry=timedelta(milliseconds=20),
            **overrides,
        )

    return make


@pytest.fixture
async def following(store, world, guild):
    """Link a campaign whose posts come to #general."""
    return await follow(store, world, guild)


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
            await asyncio.sleep(0.002)


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


@pytest.fixture
async def connected(store, guild):
    """The account was connected through this server; nothing is followed yet."""
    creator_id = await save_campaign(store, is_synced=False)
    async with store.write() as work:
        await work.creators.set_identity(creator_id, patreon_id="9001", name="Ada")
        await work.creators.set_token_state(creator_id, TokenState.OK, reason=None, at=NOW)
        await work.connections.save(GuildCreator(guild_id=guild.id, creator_id=creator_id), at=NOW)
    return creator_id


@pytest.fixture
async def delivering(store, clock, part):
    """The outbox runs, as in the real process."""
    alarm = Alarm(clock)
    outbox = Outbox(store, part.publisher, clock=clock, random=lambda: 0.0, alarm=alarm)

    async def deliver():
        while True:
            await outbox.deliver_due()
            await asyncio.sleep(0.02)

    task = asyncio.create_task(deliver())
    yield
    task.cancel()
    await asyncio.wait([task])
