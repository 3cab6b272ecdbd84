"""One-time links, on both databases."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from core.handover_rows import PREVIEW, Offer

GUILD, USER = 41, 7
HALF_HOUR, LONG = timedelta(minutes=30), timedelta(hours=2)


@pytest.fixture
def rows(store):
    """Open a transaction and give the links in it."""

    @asynccontextmanager
    async def rows():
        async with store.write() as work:
            yield work.handovers

    return rows


@pytest.fixture
def offer(clock):
    def offer(**changes):
        wish = {"draft_id": 1, "guild_id": GUILD, "user_id": USER}
        return Offer(**(wish | {"expires_at": clock() + HALF_HOUR} | changes))

    return offer


async def take(rows, digest, session, clock):
    async with rows() as links:
        return await links.take(digest, session=session, now=clock(), until=clock() + LONG)


async def test_a_link_is_found_until_it_is_opened(rows, offer, clock):
    async with rows() as links:
        await links.add("d", offer())
        assert await links.look("d") == offer()
        assert await links.look("other") is None
    assert await take(rows, "d", "s", clock) == offer(expires_at=clock() + LONG)

    async with rows() as links:
        assert await links.look("d") is None


async def test_of_several_who_open_at_once_one_gets_it(rows, offer, clock):
    async with rows() as links:
        await links.add("d", offer())

    taken = await asyncio.gather(*(take(rows, "d", f"s{n}", clock) for n in range(8)))

    assert sum(one is not None for one in taken) == 1


async def test_an_expired_link_is_seen_and_not_opened(rows, offer, clock):
    async with rows() as links:
        await links.add("d", offer())
    clock.advance(HALF_HOUR)

    assert await take(rows, "d", "s", clock) is None
    async with rows() as links:
        assert await links.look("d") is not None


async def test_a_page_is_open_for_its_browser_and_its_time(rows, offer, clock):
    async with rows() as links:
        await links.add("d", offer())
        await links.add("e", offer(draft_id=2))
    await take(rows, "d", "s", clock)
    await take(rows, "e", "t", clock)

    async with rows() as links:
        assert await links.opened("d", session="s", now=clock()) is not None
        assert await links.opened("d", session="t", now=clock()) is None
        assert await links.opened("d", session="", now=clock()) is None
        assert await links.opened("d", session="s", now=clock() + LONG) is None


async def test_a_page_that_nobody_opened_is_open_for_nobody(rows, offer, clock):
    async with rows() as links:
        await links.add("d", offer())

        assert await links.opened("d", session="", now=clock()) is None


async def test_a_newer_link_ends_only_the_same_persons_unopened_ones(rows, offer, clock):
    async with rows() as links:
        await links.add("opened", offer())
    await take(rows, "opened", "s", clock)
    async with rows() as links:
        await links.add("old", offer())
        await links.add("other draft", offer(draft_id=2))
        await links.add("other person", offer(user_id=8))

        await links.add("new", offer())

        left = ["other draft", "other person", "new"]
        assert [name for name in ("old", *left) if await links.look(name)] == left
        assert await links.opened("opened", session="s", now=clock()) is not None


async def test_what_has_expired_is_forgotten_opened_or_not(rows, offer, clock):
    async with rows() as links:
        await links.add("opened", offer())
        await links.add("waiting", offer(draft_id=2))
    await take(rows, "opened", "s", clock)

    async with rows() as links:
        assert await links.sweep(clock() + HALF_HOUR - timedelta(seconds=1)) == 0
        assert await links.sweep(clock() + HALF_HOUR) == 1
        assert await links.sweep(clock() + LONG) == 1


async def test_a_link_to_a_preview_is_seen_as_such_and_opened_by_nobody(rows, offer, clock):
    async with rows() as links:
        await links.add("p", offer(), session=PREVIEW)
        await links.add("d", offer())

        assert await links.look("p", session=PREVIEW) == offer()
        assert await links.look("p") is None
        assert await links.look("d", session=PREVIEW) is None
    assert await take(rows, "p", "s", clock) is None


async def test_a_newer_preview_ends_the_same_persons_earlier_one_to_that_draft(rows, offer):
    async with rows() as links:
        await links.add("hand-over", offer())
        await links.add("old", offer(), session=PREVIEW)
        await links.add("other draft", offer(draft_id=2), session=PREVIEW)
        await links.add("other person", offer(user_id=8), session=PREVIEW)

        await links.add("new", offer(), session=PREVIEW)

        left = ["other draft", "other person", "new"]
        seen = [name for name in ("old", *left) if await links.look(name, session=PREVIEW)]
        assert seen == left
        assert await links.look("hand-over") is not None


async def test_the_previews_of_a_draft_end_and_nothing_else_does(rows, offer, clock):
    async with rows() as links:
        await links.add("opened", offer())
    await take(rows, "opened", "s", clock)
    async with rows() as links:
        await links.add("hand-over", offer())
        await links.add("mine", offer(), session=PREVIEW)
        await links.add("theirs", offer(user_id=8), session=PREVIEW)
        await links.add("other draft", offer(draft_id=2), session=PREVIEW)

        await links.end_previews(1)

        previews = [
            n for n in ("mine", "theirs", "other draft") if await links.look(n, session=PREVIEW)
        ]
        assert previews == ["other draft"]
        assert await links.look("hand-over") is not None
        assert await links.opened("opened", session="s", now=clock()) is not None
