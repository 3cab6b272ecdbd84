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


async def test_more_posts_than_are_asked_for_at_once_go_in_several_passes(bot):
    for number in range(80):
        bot.world.publish_post(f"Post {number}", webhook=False)
    await bot.take_stock()
    for post in list(bot.world.posts().after(None, 200)):
        bot.world.delete_post(post, webhook=False)
    left = []

    for _ in range(3):
        bot.server.requests.clear()
        report = await sync(bot)
        assert report.failures == ()
        asked = [one for one in bot.server.requests if "/posts/" in one.path]
        assert report.posts_gone == len(asked) <= MOST_CONFIRMED
        left.append(len(await known(bot)))

    assert left == [55, 5, 0]


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


async def test_posts_that_a_list_always_lacks_hold_up_nothing(bot):
    for number in range(80):
        bot.world.publish_post(f"Post {number}", webhook=False)
    await bot.take_stock()
    posts = sorted(bot.world.posts().after(None, 200), key=lambda post: post.id)
    alive = {post.id for post in posts[: MOST_CONFIRMED + 5]}
    for post in posts[MOST_CONFIRMED + 5 :]:
        bot.world.delete_post(post, webhook=False)

    async def empty(api, *args, **kwargs):
        return replace(await api.posts_page(*args, **kwargs), posts=(), next_cursor=None)

    bend(bot, posts_page=empty)
    for _ in range(20):
        bot.clock.advance(minutes=31)
        report = await sync(bot)
        assert report.failures == ()

    assert await known(bot) == alive


async def test_a_post_that_patreon_refuses_to_show_is_kept_and_holds_up_no_other(bot):
    await bot.take_stock()
    before = await known(bot)
    refused, *gone = sorted(before)[:6]
    for post_id in gone:
        bot.world.delete_post(post_id, webhook=False)
    bot.world.posts().put(replace(bot.world.post(refused), user_id="999"))

    async def without(api, *args, **kwargs):
        page = await api.posts_page(*args, **kwargs)
        return replace(page, posts=tuple(post for post in page.posts if post.id != refused))

    bend(bot, posts_page=without)
    report = await sync(bot)

    [failure] = report.failures
    assert "403" in failure
    assert report.posts_gone == len(gone)
    assert await known(bot) == before - set(gone)


async def test_when_patreon_fails_half_way_what_is_known_to_be_gone_goes(bot):
    await bot.take_stock()
    first, second = sorted(await known(bot))[:2]
    for post_id in (first, second):
        bot.world.delete_post(post_id, webhook=False)
    asked = []

    async def fails(api, post_id):
        asked.append(post_id)
        if len(asked) == 2:
            raise TemporaryError("Patreon is away.")
        return await api.post(post_id)

    bend(bot, post=fails)
    report = await sync(bot)

    assert report.failures == ("Posts: Patreon is away.",)
    assert report.posts_gone == 1
    assert len(await known(bot)) == 24
