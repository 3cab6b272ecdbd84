"""The use cases over a real database and the real Patreon client, against the stand-in."""

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from core.accept import Inbox
from core.accounts import TokenPair
from core.alarm import Alarm
from core.connect import import_seed
from core.feed import Feed, FeedPolicy
from core.guilds import Link
from core.inbox import Delivery
from core.outbox import Outbox
from core.process import Processor
from core.rounds import Rounds
from core.sync import Sync
from patreon.clients import PatreonClients
from patreon.hints import read_hint
from patreon.settings import Limits as ClientLimits
from patreon.settings import PatreonSettings
from sandbox.patreon import Limits, PatreonServer, PatreonWorld
from tests.factories import FakeClock
from tests.flows.channels import Channels

FEED, STAFF, GUILD = 10, 20, 1


@dataclass
class Bot:
    """Everything between Patreon and the channels, driven step by step."""

    world: PatreonWorld
    server: PatreonServer
    store: object
    clock: FakeClock
    channels: Channels
    sync: Sync
    processor: Processor
    outbox: Outbox
    inbox: Inbox
    rounds: Rounds
    clients: PatreonClients
    announced: list[int] = field(default_factory=list)

    @property
    def campaign_id(self) -> str:
        return self.world.campaign().id

    async def take_stock(self) -> None:
        """Make the first sync."""
        assert await self.sync.discover() == []
        report = await self.sync.run(self.campaign_id)
        assert report.failures == ()
        self.clock.advance(seconds=1)

    async def deliver(self, *deliveries) -> None:
        """Put the stand-in's deliveries into the inbox, as the web door does."""
        rows = [
            Delivery(trigger=d.trigger, body=d.body, received_at=self.clock()) for d in deliveries
        ]
        await self.store.add_deliveries(rows)

    async def happen(self, event) -> None:
        """Deliver what a life event sent, and let everything follow from it."""
        await self.deliver(*event.deliveries)
        await self.settle()

    async def settle(self) -> None:
        """Process and deliver until nothing is due."""
        self.clock.advance(seconds=1)
        while await self.processor.process_due():
            pass
        while await self.outbox.deliver_due():
            pass

    def titles(self) -> list[str]:
        return self.channels.titles()


@pytest.fixture
async def patreon(clock):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=40, posts=25)
    async with PatreonServer(world, limits=Limits.off()) as server:
        yield server


@pytest.fixture
async def bot(store, clock, patreon):
    world = patreon.world
    # A hook that nobody listens to: its deliveries are handed over by the tests.
    world.add_hook("http://127.0.0.1:9/", "secret")
    clients = PatreonClients(
        PatreonSettings(
            user_agent="tests",
            api_url=patreon.api_url,
            token_url=patreon.token_url,
            client_id=world.client.id,
            client_secret=world.client.secret,
            limits=ClientLimits(per_client=10_000, per_token=10_000),
            timeout=timedelta(seconds=5),
        ),
        store=store,
        clock=clock,
        monotonic=time.monotonic,
        sleep=asyncio.sleep,
    )
    pair = world.creator_token
    await import_seed(store, TokenPair(access=pair.access_token, refresh=pair.refresh_token))
    async with store.write() as work:
        await work.links.replace_all(
            [
                Link(
                    guild_id=GUILD,
                    campaign_id=world.campaign().id,
                    feed_channel_id=FEED,
                    staff_channel_id=STAFF,
                )
            ],
            at=clock(),
        )
    markers = itertools.count()
    feed = Feed(FeedPolicy(), new_marker=lambda: f"marker-{next(markers)}")
    alarm = Alarm(clock)
    channels = Channels(clock)
    sync = Sync(store, clients, feed, clock=clock, on_announced=alarm.ring, on_baseline=alarm.ring)
    processor = Processor(
        store,
        clients,
        sync,
        feed,
        read_hint=read_hint,
        clock=clock,
        random=lambda: 0.5,
        alarm=alarm,
        on_announced=alarm.ring,
    )
    outbox = Outbox(store, channels, clock=clock, random=lambda: 0.5, alarm=alarm)
    inbox = Inbox(store, on_stored=alarm.ring)
    rounds = Rounds(
        store,
        sync,
        outbox,
        interval=timedelta(minutes=30),
        clock=clock,
        random=lambda: 0.5,
        alarm=Alarm(clock),
    )
    yield Bot(
        world, patreon, store, clock, channels, sync, processor, outbox, inbox, rounds, clients
    )
    await clients.aclose()
