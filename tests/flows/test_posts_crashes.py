"""Posts of Patreon while the process dies: between any two steps, and is started again."""

import contextlib

import pytest

from core.drafts import HandOver
from sandbox.patreon import Limits, PatreonServer, PatreonWorld
from tests.flows.bots import configure, open_clients
from tests.flows.channels import Channels
from tests.flows.posting import (
    POSTS,
    build_posting_bot,
    draft_of,
    links,
    sheets,
    sync,
    titles,
    write_draft,
)
from tests.flows.seams import Killed, SeamPatreon, SeamPublisher, Seams, SeamStore


@pytest.fixture
def strikes(database):
    """Passings after which the process dies, of the 27 that there are."""
    return range(1, 29, 2) if database == "sqlite" else range(1, 29, 5)


@pytest.fixture
async def patreon(clock):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=2, posts=2)
    async with PatreonServer(world, limits=Limits.off()) as server:
        yield server


@pytest.fixture
async def lives(patreon, store, clock):
    """Make a bot that will die after so many passings (None: never), over the same database."""
    patreon.world.add_hook("http://127.0.0.1:9/", "secret")
    await configure(store, patreon.world, clock, *links(patreon.world.campaign().id))
    clients = open_clients(patreon, store, clock)
    channels = Channels(clock)

    async def start(strike=None):
        async with store.write() as work:
            await work.events.release_leases()
            await work.announcements.release_leases()
        seams = Seams()
        bot = build_posting_bot(
            patreon,
            SeamStore(store, seams),
            clock,
            channels,
            clients,
            patreon_of=lambda creator_id: SeamPatreon(clients(creator_id), seams),
            publisher=SeamPublisher(channels, seams),
        )
        bot.seams = seams
        if strike is not None:
            seams.strike_after(strike)
        return bot

    first = await start()
    await first.take_stock()
    yield start
    await clients.aclose()


async def dies_at(start, strike, work):
    """Let a bot do something, die on the way, and let the next one finish it."""
    bot = await start(strike)
    with contextlib.suppress(Killed):
        await work(bot)
    bot = await start()
    for _ in range(2):
        bot.clock.advance(minutes=31)
        await bot.settle()
    return bot


@pytest.mark.parametrize("how", ["webhook", "sync"])
async def test_each_post_has_one_message_whenever_the_process_dies(lives, how, strikes):
    for strike in strikes:
        bot = await lives()
        event = bot.world.publish_post(title=f"Post {strike}", webhook=how == "webhook")
        bot = await dies_at(lives, strike, learning(how, event))
        await sync(bot)
        assert titles(bot) == [f"Post {strike}"]

        event = bot.world.update_post(event.post, title="Other", webhook=how == "webhook")
        bot = await dies_at(lives, strike, learning(how, event))
        await sync(bot)
        assert titles(bot) == ["Other"]

        event = bot.world.delete_post(event.post, webhook=how == "webhook")
        bot = await dies_at(lives, strike, learning(how, event))
        await sync(bot)
        assert titles(bot) == []


async def test_a_draft_is_found_again_whenever_the_process_dies(lives, strikes):
    for strike in strikes:
        bot = await lives()
        draft = await write_draft(bot, f"Maps of the Moon {strike:_^40}", channels=(POSTS,))
        before = len(sheets(bot))
        event = bot.world.publish_post(title=draft.content.title)

        bot = await dies_at(lives, strike, learning("webhook", event))
        await sync(bot)

        assert (await draft_of(bot, draft)).hand_over is HandOver.LINKED
        assert len(sheets(bot)) == before
        assert event.post.id in sheets(bot)[-1].url


def learning(how, event):
    """Give what a bot does when something happened to a post."""

    async def learn(bot):
        if how == "webhook":
            await bot.deliver(*event.deliveries)
            await bot.settle()
        else:
            bot.clock.advance(seconds=1)
            await bot.sync.run(bot.campaign_id)
            await bot.settle()

    return learn
