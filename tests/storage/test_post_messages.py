"""Readings of posts, their messages and questions, on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.post_rows import PostDoubt, PostReading
from core.posts import PostDetail
from core.sheets import Sheet
from storage.faults import DatabaseBug
from storage.migrate import run
from storage.store import SqlStore
from tests.factories import NOW, card, post, save_campaign, save_link
from tests.storage.test_migrations import opened


def sheet(marker="m-1", **overrides):
    return replace(Sheet(marker=marker, title="T", text="x", at=NOW), **overrides)


async def announced(work, link, shown):
    return await work.announcements.post(shown, channel_id=7, link_id=link.id, at=NOW)


async def test_a_post_that_was_never_read_gets_a_reading(store):
    async with store.write() as work:
        found = await work.post_messages.lock(["2", "1"], campaign_id="1001")

    assert dict(found) == {
        "1": PostReading(post_id="1", campaign_id="1001"),
        "2": PostReading(post_id="2", campaign_id="1001"),
    }


async def test_a_reading_stays_as_it_was_noted(store):
    noted = PostReading(post_id="1", campaign_id="1002", seen_at=NOW, told_at=NOW)
    async with store.write() as work:
        await work.post_messages.lock(["1"], campaign_id="1001")
        await work.post_messages.note([noted])

    async with store.write() as work:
        assert await work.post_messages.lock(["1"], campaign_id="1001") == {"1": noted}


async def test_of_two_who_lock_a_new_post_one_waits_for_the_other(store):
    told = []

    async def tell():
        async with store.write() as work:
            found = (await work.post_messages.lock(["1"], campaign_id="1001"))["1"]
            await asyncio.sleep(0)
            if found.told_at is None:
                told.append(found)
                await work.post_messages.note([replace(found, told_at=NOW)])

    async with asyncio.timeout(20):
        await asyncio.gather(*(tell() for _ in range(5)))

    assert len(told) == 1


async def test_messages_come_with_what_the_outbox_shows(store):
    await save_campaign(store)
    link = await save_link(store)
    async with store.write() as work:
        number = await announced(work, link, sheet())
        await work.post_messages.add("1", link.id, number)
        await work.announcements.reword(number, sheet(text="new"), at=NOW)

    async with store.read() as work:
        [message] = await work.post_messages.of_posts(["1", "2"])
        assert await work.post_messages.of_posts([]) == ()
    assert message.announcement_id == number
    assert message.sheet.text == "new"


async def test_a_post_has_one_message_for_a_link(store):
    await save_campaign(store)
    link = await save_link(store)

    async def tell(marker):
        async with store.write() as work:
            await work.post_messages.add("1", link.id, await announced(work, link, sheet(marker)))

    await tell("m-1")
    with pytest.raises(DatabaseBug):
        await tell("m-2")

    async with store.read() as work:
        [message] = await work.post_messages.of_posts(["1"])
    assert message.sheet.marker == "m-1"


async def test_a_question_is_replaced_by_its_answer_and_forgotten_with_the_post(store):
    await save_campaign(store)
    link = await save_link(store)
    async with store.write() as work:
        number = await announced(work, link, card())
        asked = PostDoubt(
            post_id="1",
            guild_id=6001,
            draft_ids=(3, 4),
            announcement_id=number,
            card=card(),
            asked_at=NOW,
        )
        await work.post_messages.ask(asked)
        await work.post_messages.ask(
            replace(asked, answer=0, answered_by=8, answered_at=NOW + timedelta(hours=1))
        )

    async with store.write() as work:
        doubt = await work.post_messages.doubt("1", guild_id=6001)
        assert await work.post_messages.doubt("1", guild_id=6002) is None
        assert (doubt.draft_ids, doubt.answer, doubt.answered_by) == ((3, 4), 0, 8)
        await work.post_messages.drop(["1"])
        assert await work.post_messages.doubts(["1"]) == []
        await work.post_messages.drop([])


async def test_posts_are_loaded_as_they_were_saved(store):
    await save_campaign(store)
    async with store.write() as work:
        await work.posts.save([post(), post(id="302", tier_ids=("201",))])

    async with store.read() as work:
        found = await work.posts.load(["301", "302", "303"])
        assert await work.posts.load([]) == {}
    assert found == {"301": post(), "302": post(id="302", tier_ids=("201",))}


@pytest.mark.parametrize("detail", [None, *PostDetail])
async def test_a_link_keeps_how_much_of_posts_it_tells(store, detail):
    await save_campaign(store)
    await save_link(store, post_detail=detail)

    async with store.read() as work:
        [link] = await work.links.of_guild(6001)
    assert link.post_detail is detail


async def test_what_was_known_before_the_update_is_no_news_after_it(
    empty_database_url, keys, clock
):
    rows = (
        "INSERT INTO creators (id, token_state) VALUES (1, 'ok')",
        "INSERT INTO campaigns (id, creator_id, name, currency) VALUES ('1', 1, 'A', 'USD')",
        *(
            "INSERT INTO posts (id, campaign_id, is_public, is_paid, tier_ids, published_at) "
            f"VALUES ('{number}', '1', true, false, '[]', {published_at})"
            for number, published_at in (
                (1, "'2020-01-02 03:04:05.000000'"),
                (2, "'2999-01-02 03:04:05.000000'"),
                (3, "NULL"),
            )
        ),
    )
    async with opened(empty_database_url) as connection:
        await connection.run_sync(run, "0010")
        for row in rows:
            await connection.execute(text(row))
        await connection.run_sync(run)
        await connection.commit()

    store = SqlStore(empty_database_url, keys=keys, clock=clock)
    async with store.write() as work:
        found = await work.post_messages.lock(["1", "2", "3"], campaign_id="1")
    await store.close()
    assert [one.post_id for one in found.values() if one.told_at is not None] == ["1"]
