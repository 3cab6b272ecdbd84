"""Building a bot for tests: everything between Patreon and the channels, driven step by step."""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from core.accept import Inbox
from core.accounts import TokenPair
from core.alarm import Alarm
from core.connect import import_seed
from core.digest import NO_DIGESTS, DigestPolicy
from core.feed import Feed, FeedPolicy
from core.guilds import Link
from core.image_notes import NO_NOTES, ImageNotes
from core.inbox import Delivery
from core.meters import NO_METERS, Meters
from core.outbox import Outbox
from core.post_feed import SILENT_POST_FEED, PostFeed
from core.process import Processor
from core.rounds import Rounds
from core.sync import Sync
from patreon.clients import PatreonClients
from patreon.hints import read_hint
from patreon.settings import Limits as ClientLimits
from patreon.settings import PatreonSettings
from sandbox.patreon import PatreonServer, PatreonWorld
from tests.factories import FakeClock, replace_links
from tests.flows.channels import Channels

FEED, STAFF, GUILD = 10, 20, 1
MOST_ROUNDS = 1_000


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

    async def accept(self, *deliveries) -> None:
        """Hand deliveries to the inbox, which must be running, and wait until they are durable."""
        for d in deliveries:
            await self.inbox.accept(
                Delivery(trigger=d.trigger, body=d.body, received_at=self.clock())
            )

    async def happen(self, event) -> None:
        """Deliver what a life event sent, and let everything follow from it."""
        await self.deliver(*event.deliveries)
        await self.settle()

    async def settle(self) -> None:
        """Process and deliver until nothing is due."""
        self.clock.advance(seconds=1)
        await _until_nothing(self.processor.process_due)
        await _until_nothing(self.outbox.deliver_due)

    def titles(self) -> list[str]:
        return self.channels.titles()


async def _until_nothing(work) -> None:
    for _ in range(MOST_ROUNDS):
        if not await work():
            return
    raise AssertionError("there is always something due")


def open_clients(
    server: PatreonServer,
    store,
    clock: FakeClock,
    *,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable = asyncio.sleep,
) -> PatreonClients:
    """Make the real clients of the stand-in; close them at the end."""
    world = server.world
    return PatreonClients(
        PatreonSettings(
            user_agent="tests",
            api_url=server.api_url,
            token_url=server.token_url,
            client_id=world.client.id,
            client_secret=world.client.secret,
            limits=ClientLimits(per_client=10_000, per_token=10_000),
            timeout=timedelta(seconds=5),
        ),
        store=store,
        clock=clock,
        monotonic=monotonic,
        sleep=sleep,
    )


async def configure(store, world: PatreonWorld, clock: FakeClock, *links: Link) -> None:
    """Store what the configuration brings: the creator's tokens and the links."""
    pair = world.creator_token
    await import_seed(store, TokenPair(access=pair.access_token, refresh=pair.refresh_token))
    default = Link(
        guild_id=GUILD,
        campaign_id=world.campaign().id,
        feed_channel_id=FEED,
        staff_channel_id=STAFF,
    )
    async with store.write() as work:
        await replace_links(work, links or [default], at=clock())


def build_bot(
    server: PatreonServer,
    store,
    clock: FakeClock,
    channels: Channels,
    clients: PatreonClients,
    *,
    patreon_of=None,
    publisher=None,
    markers: itertools.count | None = None,
    digests: DigestPolicy = NO_DIGESTS,
    monotonic: Callable[[], float] = time.monotonic,
    meters: Meters = NO_METERS,
    notes: ImageNotes = NO_NOTES,
    posts: PostFeed = SILENT_POST_FEED,
) -> Bot:
    """Join all use cases over `store`.

    `patreon_of` and `publisher` may stand between them and the clients and channels. A bot that
    is built over an earlier one's database needs the earlier one's `markers`.
    """
    patreon_of = patreon_of or clients
    numbers = markers if markers is not None else itertools.count()
    feed = Feed(FeedPolicy(), new_marker=lambda: f"marker-{next(numbers)}")
    alarm = Alarm(clock)
    sync = Sync(
        store,
        patreon_of,
        feed,
        clock=clock,
        on_announced=alarm.ring,
        on_baseline=alarm.ring,
        meters=meters,
        notes=notes,
        posts=posts,
    )
    processor = Processor(
        store,
        patreon_of,
        sync,
        feed,
        read_hint=read_hint,
        clock=clock,
        random=lambda: 0.5,
        alarm=alarm,
        on_announced=alarm.ring,
        meters=meters,
        notes=notes,
        posts=posts,
    )
    outbox = Outbox(
        store,
        publisher or channels,
        clock=clock,
        random=lambda: 0.5,
        alarm=alarm,
        digests=digests,
        monotonic=monotonic,
        meters=meters,
    )
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
    return Bot(
        server.world,
        server,
        store,
        clock,
        channels,
        sync,
        processor,
        outbox,
        inbox,
        rounds,
        clients,
    )
