"""A stand-in of Patreon on a socket, a connected creator, and our client for them."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from core.accounts import TokenPair
from patreon.clients import PatreonClients
from patreon.settings import Limits, PatreonSettings
from sandbox.patreon import Limits as StandInLimits
from sandbox.patreon import PatreonServer, PatreonWorld


@pytest.fixture
def world(clock):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=40, posts=25)
    return world


@pytest.fixture
async def server(world):
    async with PatreonServer(world, limits=StandInLimits.off()) as server:
        yield server


@pytest.fixture
def settings(server, world):
    return settings_of(server, world)


def settings_of(server, world, **changes):
    return replace(
        PatreonSettings(
            user_agent="Tests",
            api_url=server.api_url,
            token_url=server.token_url,
            client_id=world.client.id,
            client_secret=world.client.secret,
            timeout=timedelta(seconds=5),
            deadline=timedelta(seconds=20),
            limits=Limits(default_pause=timedelta(0)),
        ),
        **changes,
    )


@pytest.fixture
async def creator_id(store, world):
    return await connect(store, world.creator_token)


async def connect(store, pair, **changes):
    async with store.write() as work:
        creator_id = await work.creators.add()
        await work.creators.save_tokens(creator_id, pair_of(pair, **changes))
    return creator_id


def pair_of(pair, **changes):
    """Our record of a pair of the stand-in's."""
    return TokenPair(**{"access": pair.access_token, "refresh": pair.refresh_token, **changes})


async def doze(seconds):
    """Wait at most a moment: whoever waits looks again."""
    await asyncio.sleep(min(seconds, 0.01))


@pytest.fixture
async def open_clients(store, clock):
    opened = []

    def open_clients(settings, *, store=store, sleep=doze):
        clients = PatreonClients(
            settings, store=store, clock=clock, monotonic=time.monotonic, sleep=sleep
        )
        opened.append(clients)
        return clients

    yield open_clients
    for clients in opened:
        await clients.aclose()


@pytest.fixture
def clients(open_clients, settings):
    return open_clients(settings)


@pytest.fixture
def client(clients, creator_id):
    return clients(creator_id)


@pytest.fixture
def asked(server):
    """How often a route was asked, and how often with which status."""

    def asked(route, status=None):
        return sum(1 for r in server.requests if r.route == route and status in (None, r.status))

    return asked


@pytest.fixture
def stored(store, creator_id):
    async def stored():
        async with store.read() as work:
            return await work.creators.get(creator_id), await work.creators.tokens(creator_id)

    return stored
