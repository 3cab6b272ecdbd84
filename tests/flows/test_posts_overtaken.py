"""Readings of posts that are overtaken or break off: nothing goes back or is told twice."""

import asyncio
from dataclasses import replace

import pytest

from core.errors import TemporaryError
from sandbox.patreon import Limits, PatreonServer, PatreonWorld
from tests.flows.doubles import bend
from tests.flows.posting import open_bot, sheets, sync, titles


@pytest.fixture
async def patreon(clock):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=3, posts=25)
    async with PatreonServer(world, limits=Limits.off()) as server:
        yield server


@pytest.fixture
async def bot(store, clock, patreon):
    bot = await open_bot(patreon, store, clock)
    await bot.take_stock()
    yield bot
    await bot.clients.aclose()


def lists(page, post):
    return post.id in {each.id for each in page.posts}


async def test_a_page_that_was_asked_for_before_a_webhook_was_read_changes_nothing(bot, clock):
    event = bot.world.publish_post(title="Comet", content="<p>Old.</p>")
    await bot.happen(event)
    is_first = True

    async def slow(api, campaign_id, *, cursor=None):
        nonlocal is_first
        page = await api.posts_page(campaign_id, cursor=cursor)
        if is_first and lists(page, event.post):
            is_first = False
            clock.advance(seconds=1)
            await bot.happen(bot.world.update_post(event.post, content="<p>New.</p>"))
        return page

    bend(bot, posts_page=slow)
    await sync(bot)

    assert [sheet.text for sheet in sheets(bot)] == ["New."]
    assert bot.channels.calls.count("edit") == 2


async def test_a_reading_that_a_sync_overtook_is_repeated(bot, clock):
    event = bot.world.publish_post(title="Comet", content="<p>Old.</p>")
    asked = 0

    async def slow(api, post_id):
        nonlocal asked
        asked += 1
        read = await api.post(post_id)
        if asked == 1:
            bot.world.update_post(event.post, content="<p>New.</p>", webhook=False)
            clock.advance(seconds=1)
            await bot.sync.run(bot.campaign_id)
        return read

    bend(bot, post=slow)
    await bot.happen(event)
    bot.clock.advance(seconds=2)
    await bot.settle()

    assert asked == 2
    assert [sheet.text for sheet in sheets(bot)] == ["New."]
    async with bot.store.read() as work:
        assert (await work.events.backlog()).waiting == 0


async def test_a_page_that_still_lists_a_deleted_post_does_not_bring_it_back(bot, clock):
    event = bot.world.publish_post(title="Comet")
    await bot.happen(event)

    async def slow(api, campaign_id, *, cursor=None):
        page = await api.posts_page(campaign_id, cursor=cursor)
        if lists(page, event.post):
            clock.advance(seconds=1)
            await bot.happen(bot.world.delete_post(event.post))
        return page

    bend(bot, posts_page=slow)
    await sync(bot)

    assert bot.channels.shown == []
    async with bot.store.read() as work:
        assert event.post.id not in await work.posts.ids(bot.campaign_id)


async def test_a_post_that_came_out_during_a_sync_is_not_taken_for_deleted(bot, clock):
    is_first = True

    async def slow(api, campaign_id, *, cursor=None):
        nonlocal is_first
        page = await api.posts_page(campaign_id, cursor=cursor)
        if is_first and page.next_cursor is None:
            is_first = False
            clock.advance(seconds=1)
            await bot.happen(bot.world.publish_post(title="Comet"))
        return page

    bend(bot, posts_page=slow)
    await sync(bot)

    assert titles(bot) == ["Comet"]


async def test_a_webhook_and_a_sync_at_once_announce_once(bot):
    event = bot.world.publish_post(title="Comet")
    await bot.deliver(*event.deliveries)
    bot.clock.advance(seconds=1)

    async with asyncio.timeout(20):
        await asyncio.gather(bot.processor.process_due(), bot.sync.run(bot.campaign_id))
    await bot.settle()

    assert titles(bot) == ["Comet"]


async def test_a_list_that_fails_half_way_announces_what_it_has_read(bot):
    event = bot.world.publish_post(title="Comet", webhook=False)

    async def broken(api, campaign_id, *, cursor=None):
        if cursor is not None:
            raise TemporaryError("Patreon is away.")
        page = await api.posts_page(campaign_id, cursor=cursor)
        return replace(page, posts=(await api.post(event.post.id), *page.posts[1:]))

    bend(bot, posts_page=broken)
    bot.clock.advance(seconds=1)
    report = await bot.sync.run(bot.campaign_id)
    await bot.settle()

    assert [failure.split(":")[0] for failure in report.failures] == ["Posts"]
    assert titles(bot) == ["Comet"]


async def test_a_post_of_another_campaign_is_set_aside(bot):
    event = bot.world.publish_post(title="Comet")

    async def foreign(api, asked):
        return replace(await api.post(asked), campaign_id="another")

    bend(bot, post=foreign)
    await bot.happen(event)

    assert bot.channels.shown == []
    async with bot.store.read() as work:
        assert "another campaign" in (await work.events.backlog()).failure
        assert event.post.id not in await work.posts.ids(bot.campaign_id)
