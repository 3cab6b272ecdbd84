"""Discord or Patreon away for an hour: webhooks are kept, and afterwards everything is told."""

import asyncio
import os

import pytest

from core.accounts import TokenState
from core.digest import DigestPolicy
from core.outbox import Outbox
from sandbox.patreon import FaultKind, PatreonServer
from tests.end_to_end.place import open_place
from tests.flows.bots import FEED
from tests.flows.channels import Weather

ROUTES = ("identity", "campaigns", "members", "member", "posts", "post")
EVERY = 5
"""Minutes from one newcomer to the next."""

sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


class Outage:
    """Patreon fails in one way from `begin` to `end`."""

    def __init__(self, bot, how) -> None:
        self._bot = bot
        self._how = how
        self._again = None

    async def begin(self) -> None:
        if self._how == "refused":
            await self._bot.server.close()
            return
        for route in ROUTES:
            self._bot.world.faults.plan(route, self._how, times=10_000)

    async def end(self) -> None:
        self._bot.world.faults.clear()
        if self._how == "refused":
            port = int(self._bot.server.url.rpartition(":")[2])
            self._again = await PatreonServer.start(self._bot.world, port=port)

    async def close(self) -> None:
        if self._again is not None:
            await self._again.close()


@pytest.fixture(params=[FaultKind.UNAVAILABLE, FaultKind.CLOUDFLARE, "refused"])
async def outage(bot, request):
    outage = Outage(bot, request.param)
    yield outage
    await outage.close()


@pytest.fixture
async def accept(bot):
    """Accepts an event's webhooks as the web door does: it comes back when they are durable."""
    running = asyncio.create_task(bot.inbox.run())

    async def accept(event) -> None:
        # The door's own deadline is shorter than what Patreon waits.
        async with asyncio.timeout(10):
            await bot.accept(*event.deliveries)

    yield accept
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def live_for_an_hour(bot, accept) -> list[str]:
    """Let somebody join now and then; gives what is to be told of it, in order."""
    names = [f"Patron {number}" for number in range(60 // EVERY)]
    for name in names:
        await accept(bot.world.join(name=name))
        bot.clock.advance(minutes=EVERY)
        await bot.settle()
    return [f"{name} joined" for name in names]


async def recover(bot) -> None:
    """Let time pass without a restart and without a sync, so that only what was kept can tell."""
    for _ in range(4):
        bot.clock.advance(minutes=31)
        await bot.settle()


async def backlogs(bot):
    async with bot.store.read() as work:
        return await work.events.backlog(), await work.announcements.backlog()


@sqlite
@pytest.mark.parametrize(
    "weather", [w for w in Weather if w is not Weather.FINE], ids=lambda weather: weather.name
)
async def test_what_happens_while_discord_is_away_is_told_in_order_afterwards(bot, accept, weather):
    await bot.take_stock()
    bot.channels.weather = weather

    expected = await live_for_an_hour(bot, accept)
    events, _ = await backlogs(bot)
    bot.channels.weather = Weather.FINE
    await recover(bot)

    assert events.waiting == 0
    assert bot.titles() == expected
    assert (await backlogs(bot))[1].waiting == 0


@sqlite
async def test_while_discord_refuses_the_status_says_why(bot, accept):
    await bot.take_stock()
    bot.channels.weather = Weather.REFUSING

    expected = await live_for_an_hour(bot, accept)
    _, announcements = await backlogs(bot)

    assert bot.titles() == []
    assert announcements.waiting == len(expected)
    assert announcements.parked == 0
    assert announcements.failure == "Discord is away."


@sqlite
async def test_a_long_absence_of_discord_ends_in_digests_with_everything(bot, accept):
    bot.outbox = Outbox(
        bot.store,
        bot.channels,
        clock=bot.clock,
        random=lambda: 0.5,
        alarm=bot.outbox._alarm,
        digests=DigestPolicy(above=5),
    )
    await bot.take_stock()
    bot.channels.weather = Weather.REFUSING

    expected = await live_for_an_hour(bot, accept)
    bot.channels.weather = Weather.FINE
    await recover(bot)

    assert len(bot.channels.shown) == 2
    assert bot.channels.told(FEED) == expected


@sqlite
async def test_what_happens_while_patreon_is_away_is_told_afterwards(bot, accept, outage):
    await bot.take_stock()
    await outage.begin()

    expected = await live_for_an_hour(bot, accept)
    assert not await bot.rounds.make_round()
    kept, _ = await backlogs(bot)
    async with bot.store.read() as work:
        (creator,) = await work.creators.all()
        stored = await work.campaigns.get(bot.campaign_id)
    await outage.end()
    await recover(bot)

    assert creator.token_state is not TokenState.BROKEN
    assert "Patreon" in stored.sync_error
    assert kept.waiting >= len(expected)
    assert kept.parked == 0
    assert "Patreon" in kept.failure
    assert sorted(bot.titles()) == sorted(expected)
    assert (await backlogs(bot))[0].waiting == 0


@sqlite
async def test_both_may_be_away_at_once(bot, accept, outage):
    await bot.take_stock()
    await outage.begin()
    bot.channels.weather = Weather.REFUSING

    expected = await live_for_an_hour(bot, accept)
    await outage.end()
    await recover(bot)
    assert bot.titles() == []
    bot.channels.weather = Weather.FINE
    await recover(bot)

    assert sorted(bot.titles()) == sorted(expected)
    assert await bot.rounds.make_round()


@sqlite
async def test_while_patreon_is_away_nobody_is_told_to_have_left(bot, outage):
    await bot.take_stock()
    await outage.begin()
    for _ in range(3):
        await bot.rounds.make_round()
        bot.clock.advance(minutes=30)
        await bot.settle()
    await outage.end()

    assert await bot.rounds.make_round()
    await bot.settle()

    assert bot.titles() == []


async def test_the_process_outlives_both(tmp_path):
    async with open_place(tmp_path) as place:
        await place.bot.start()
        await place.bot.ready()
        pid = place.bot.pid
        for route in ROUTES:
            place.world.faults.plan(route, FaultKind.UNAVAILABLE, times=10_000)
        place.discord.faults.drop(times=10_000)
        await place.discord.gateway.go_away(2)

        statuses = []
        for number in range(6):
            member = place.world.join(webhook=False, name=f"Patron {number}").member
            document = place.world.member_document(member)
            statuses.append(await place.deliver("members:pledge:create", document))
            await asyncio.sleep(0.3)
        health = await place.bot.health()
        assert place.shown() == []
        place.world.faults.clear()
        place.discord.faults.clear()
        shown = await place.until_shown(6)

        assert statuses == [204] * 6
        assert health["discord"] != "ok"
        assert sorted(shown) == [f"Patron {number} joined" for number in range(6)]
        assert place.bot.is_running
        assert place.bot.pid == pid
        os.kill(pid, 0)
