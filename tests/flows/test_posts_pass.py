"""Reading all posts: every list comes to an end, and one that lies removes nothing."""

import asyncio
from dataclasses import replace

import pytest

from core.errors import CursorExpired, TemporaryError
from core.posts_pass import MOST_CONFIRMED
from sandbox.patreon import FaultKind
from tests.flows.doubles import bend

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def known(bot) -> set[str]:
    async with bot.store.read() as work:
        return set(await work.posts.ids(bot.campaign_id))


async def sync(bot):
    async with asyncio.timeout(20):
        return await bot.sync.run(bot.campaign_id)


def chained(bot, chain):
    """Let the pages of posts follow each other by their numbers, over the real ones' content."""
    asked = []

    async def page(api, campaign_id, *, cursor=None):
        first = await api.posts_page(campaign_id)
        second = await api.posts_page(campaign_id, cursor=first.next_cursor)
        number, following = chain(len(asked))
        asked.append(cursor)
        return replace((first, second)[number], next_cursor=following)

    bend(bot, posts_page=page)
    return asked


async def test_an_expired_cursor_starts_the_posts_again(bot):
    await bot.take_stock()
    gone = next(iter(await known(bot)))
    bot.world.delete_post(gone, webhook=False)
    bot.world.faults.plan("posts", FaultKind.EXPIRED_CURSOR, times=2)

    report = await sync(bot)

    assert report.failures == ()
    assert report.posts_gone == 1
    assert len(await known(bot)) == 24


async def test_a_cursor_that_expires_in_the_middle_starts_again_from_the_first_page(bot):
    await bot.take_stock()
    asked = []

    async def expires(api, campaign_id, *, cursor=None):
        asked.append(cursor)
        if len(asked) == 2:
            raise CursorExpired("The cursor expired.")
        return await api.posts_page(campaign_id, cursor=cursor)

    bend(bot, posts_page=expires)

    report = await sync(bot)

    assert report.failures == ()
    assert [cursor is None for cursor in asked] == [True, False, True, False]
    assert report.posts_gone == 0


async def test_a_cursor_that_always_expires_stops_the_posts_alone(bot):
    await bot.take_stock()
    before = await known(bot)
    bot.world.publish_post(title="News", webhook=False)
    bot.world.join(name="Ada", webhook=False)
    bot.world.faults.plan("posts", FaultKind.EXPIRED_CURSOR, times=3)

    report = await sync(bot)

    assert [failure.split(":")[0] for failure in report.failures] == ["Posts"]
    assert report.members.new == 1
    assert await known(bot) == before
    assert (await sync(bot)).posts_new == 1


async def test_a_last_page_that_repeats_ends_the_posts(bot):
    await bot.take_stock()
    before = await known(bot)
    chained(bot, lambda number: (min(number, 1), f"cursor-{number}"))

    report = await sync(bot)

    assert report.failures == ()
    assert await known(bot) == before


@pytest.mark.parametrize("is_fresh", [False, True])
async def test_pages_that_run_in_a_circle_stop_the_posts_and_remove_nothing(bot, is_fresh):
    await bot.take_stock()
    before = await known(bot)
    bot.world.delete_post(next(iter(before)), webhook=False)
    asked = chained(
        bot, lambda number: (number % 2, f"cursor-{number if is_fresh else number % 2}")
    )

    report = await sync(bot)

    assert "circle" in report.failures[0]
    assert len(asked) <= 3
    assert await known(bot) == before


@pytest.mark.parametrize("left", [0, 1, 23])
async def test_posts_that_are_really_gone_are_forgotten_however_many(bot, left):
    await bot.take_stock()
    for post in list(bot.world.posts().after(None, 99))[left:]:
        bot.world.delete_post(post, webhook=False)

    report = await sync(bot)

    assert report.failures == ()
    assert report.posts_gone == 25 - left
    assert len(await known(bot)) == left


async def test_more_posts_than_are_asked_for_are_forgotten_on_the_word_of_some(bot):
    for number in range(80):
        bot.world.publish_post(f"Post {number}", webhook=False)
    await bot.take_stock()
    for post in list(bot.world.posts().after(None, 200)):
        bot.world.delete_post(post, webhook=False)
    bot.server.requests.clear()

    report = await sync(bot)

    assert report.failures == ()
    assert await known(bot) == set()
    asked = [one for one in bot.server.requests if "/posts/" in one.path]
    assert len(asked) <= MOST_CONFIRMED


@pytest.mark.parametrize("fault", [FaultKind.SHORT_PAGE, FaultKind.EMPTY_PAGE])
async def test_a_torn_list_removes_no_post_that_is_still_there(bot, fault):
    await bot.take_stock()
    before = await known(bot)
    gone = min(before)
    bot.world.delete_post(gone, webhook=False)
    bot.world.faults.plan("posts", fault, times=1)

    report = await sync(bot)

    assert report.failures == ()
    assert await known(bot) == before - {gone}


async def test_a_torn_list_of_very_many_posts_is_not_believed(bot):
    for number in range(80):
        bot.world.publish_post(f"Post {number}", webhook=False)
    await bot.take_stock()
    before = await known(bot)
    # Those that are asked for must be neither the first nor the last ones alone.
    posts = list(bot.world.posts().after(None, 200))
    gone = posts[:35] + posts[-35:]
    for post in gone:
        bot.world.delete_post(post, webhook=False)
    bot.world.faults.plan("posts", FaultKind.EMPTY_PAGE, times=1)

    report = await sync(bot)

    assert "some of them are still there; all were kept" in report.failures[0]
    assert await known(bot) == before
    assert (await sync(bot)).failures == ()
    assert len(await known(bot)) == len(before) - len(gone)


async def test_missing_posts_that_cannot_be_asked_for_are_kept(bot):
    async def fails(api, post_id):
        raise TemporaryError("Patreon is away.")

    await bot.take_stock()
    bot.world.delete_post(min(await known(bot)), webhook=False)
    bend(bot, post=fails)

    report = await sync(bot)

    assert report.failures == ("Posts: Patreon is away.",)
    assert len(await known(bot)) == 25
