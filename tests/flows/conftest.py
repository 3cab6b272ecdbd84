"""The use cases over a real database and the real Patreon client, against the stand-in."""

import pytest

from sandbox.patreon import Limits, PatreonServer, PatreonWorld
from tests.flows.bots import FEED, GUILD, STAFF, Bot, build_bot, configure, open_clients
from tests.flows.channels import Channels

__all__ = ["FEED", "GUILD", "STAFF", "Bot"]


@pytest.fixture
async def patreon(clock):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=40, posts=25)
    async with PatreonServer(world, limits=Limits.off()) as server:
        yield server


@pytest.fixture
async def bot(store, clock, patreon):
    # A hook that nobody listens to: its deliveries are handed over by the tests.
    patreon.world.add_hook("http://127.0.0.1:9/", "secret")
    await configure(store, patreon.world, clock)
    clients = open_clients(patreon, store, clock)
    yield build_bot(patreon, store, clock, Channels(clock), clients)
    await clients.aclose()
