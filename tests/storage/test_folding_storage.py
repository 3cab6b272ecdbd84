"""A channel's queue: what waits in it, what is folded, and that its length slows nobody down."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.dialects import sqlite

from core.announcements import Queued
from core.changes import Kind
from core.queues import Backlog
from storage.address import parse
from storage.engine import open_sqlite
from storage.outbox_statements import heads
from storage.tables import announcements as table
from tests.factories import NOW, card, change, save_link

LEASE = timedelta(minutes=2)
CHANNEL = 7001


@pytest.fixture
async def link_id(store):
    return (await save_link(store)).id


@pytest.fixture
def add(store, link_id):
    """Announce changes, one for each title; gives the announcements' ids."""

    async def add(*titles, channel_id=CHANNEL, at=NOW, kind=Kind.JOINED):
        async with store.write() as work:
            changes = await work.changes.add([change(kind=kind)] * len(titles), at=at)
            for change_id, title in zip(changes, titles, strict=True):
                await work.announcements.add(
                    card(title=title), channel_id=channel_id, link_id=link_id,
                    change_id=change_id, at=at,
                )  # fmt: skip
            return [one.id for one in await queue(work, channel_id)][-len(titles) :]

    return add


async def queue(work, channel_id=CHANNEL, first_id=0, limit=10_000):
    return await work.announcements.queue(channel_id, first_id=first_id, limit=limit)


async def claim(store, at=NOW, limit=10):
    async with store.write() as work:
        return await work.announcements.claim_due(at, lease=LEASE, limit=limit)


async def untold(store, ids, claimed_id=0):
    async with store.write() as work:
        return await work.announcements.untold(ids, claimed_id=claimed_id)


async def fold(store, ids, **overrides):
    async with store.write() as work:
        return await work.announcements.fold(ids, card=card(title="digest", **overrides))


async def backlog(store):
    async with store.read() as work:
        return await work.announcements.backlog()


async def test_a_queue_is_one_channels_in_order(store, add, link_id):
    first, second = await add("a", "b")
    await add("elsewhere", channel_id=7002)
    await claim(store)

    async with store.read() as work:
        waiting = await queue(work)

    assert waiting == [
        Queued(id=first, link_id=link_id, change_id=1, is_claimed=True, created_at=NOW),
        Queued(id=second, link_id=link_id, change_id=2, created_at=NOW),
    ]


async def test_a_queue_begins_and_ends_where_it_is_told(store, add):
    ids = await add("a", "b", "c", "d")

    async with store.read() as work:
        some = await queue(work, first_id=ids[1], limit=2)

    assert [one.id for one in some] == ids[1:3]


async def test_a_change_that_waits_tells_its_kind_and_campaign(store, add):
    ids = await add("a", kind=Kind.DECLINED)

    (found,) = await untold(store, ids)

    assert (found.id, found.kind, found.campaign_id, found.card.title, found.created_at) == (
        ids[0], Kind.DECLINED, "1001", "a", NOW,
    )  # fmt: skip


async def test_only_what_surely_nobody_saw_is_untold(store, add):
    ids = await add("claimed", "started", "parked", "shown", "free")
    async with store.write() as work:
        await work.announcements.mark_started(ids[1], at=NOW)
        await work.announcements.park(ids[2], reason="gone")
        await work.announcements.note_shown(ids[3], message_id=5, version=0, at=NOW)
    await claim(store)

    assert [one.id for one in await untold(store, ids)] == [ids[4]]
    assert [one.id for one in await untold(store, ids, claimed_id=ids[0])] == [ids[0], ids[4]]


async def test_a_digest_takes_the_place_of_the_first(store, add, clock):
    ids = await add("a", "b", "c")
    await claim(store)

    digest = await fold(store, ids[:2])

    assert (digest.id, digest.shows.title, digest.version, digest.attempts) == (
        ids[0], "digest", 2, 1,
    )  # fmt: skip
    async with store.read() as work:
        waiting = await queue(work)
    assert [(one.id, one.digest_id) for one in waiting] == [(ids[0], ids[0]), (ids[2], None)]
    assert await claim(store) == []


async def test_what_is_folded_waits_no_more_and_is_not_brought_back(store, add):
    ids = await add("a", "b", "c")
    await claim(store)
    await fold(store, ids)
    async with store.write() as work:
        await work.announcements.note_shown(ids[0], message_id=5, version=2, at=NOW)

    async with store.write() as work:
        revived = await work.announcements.revive(NOW, since=NOW - timedelta(days=1))
        released = await work.announcements.release_leases()

    assert (revived, released) == (0, 0)
    assert await claim(store, NOW + timedelta(days=1)) == []
    assert await backlog(store) == Backlog()


async def test_a_folded_change_is_not_announced_again(store, add, link_id):
    ids = await add("a", "b")
    await fold(store, ids)

    async with store.write() as work:
        again = [
            await work.announcements.add(
                card(), channel_id=CHANNEL, link_id=link_id, change_id=change_id, at=NOW
            )
            for change_id in (1, 2)
        ]

    assert again == [False, False]


async def test_a_digest_is_revived_by_its_youngest_change(store, add):
    old = await add("a", at=NOW - timedelta(days=2))
    young = await add("b", at=NOW - timedelta(hours=1))
    other = await add("c", at=NOW - timedelta(days=2))
    await fold(store, [*old, *young])
    async with store.write() as work:
        for announcement_id in (*old, *other):
            await work.announcements.park(announcement_id, reason="refused")

    async with store.write() as work:
        revived = await work.announcements.revive(NOW, since=NOW - timedelta(days=1))

    assert revived == 1
    assert [one.id for one in await claim(store)] == old


async def test_a_refusal_may_forget_that_a_send_began(store, add):
    ids = await add("a", "b")
    async with store.write() as work:
        for announcement_id in ids:
            await work.announcements.mark_started(announcement_id, at=NOW)
        await work.announcements.park(ids[0], reason="refused", forget_start=True)
        await work.announcements.park(ids[1], reason="unclear")
        await work.announcements.revive(NOW, since=NOW)
        waiting = await queue(work)

    assert [one.send_started_at for one in waiting] == [None, NOW]


async def test_the_oldest_of_each_channel_is_found_whatever_waits(store, add):
    for channel_id in (7001, 7005, 7003, 2**62):
        await add(*"abc", channel_id=channel_id)
    done = await add("done", channel_id=1)
    async with store.write() as work:
        await work.announcements.note_shown(done[0], message_id=5, version=1, at=NOW)

    claimed = await claim(store)

    assert [(one.channel_id, one.shows.title) for one in claimed] == [
        (7001, "a"), (7005, "a"), (7003, "a"), (2**62, "a"),
    ]  # fmt: skip


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_long_queue_is_leapt_over(database_url, add):
    """No part of the question for the channels' oldest reads a queue from end to end."""
    await add("a", "b")
    dialect = sqlite.dialect()
    statements = [
        heads(),
        select(table.c.id).where(table.c.id.in_(heads())),
    ]
    engine = open_sqlite(parse(database_url), begin="BEGIN", pool_size=1)
    plans = []
    async with engine.connect() as connection:
        for statement in statements:
            sql = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
            rows = await connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))
            plans.append([row.detail for row in rows])
        by_group = select(func.min(table.c.id)).where(table.c.due_at.is_not(None))
        sql = by_group.group_by(table.c.channel_id).compile(dialect=dialect)
        rows = await connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))
        scanning = [row.detail for row in rows]
    await engine.dispose()

    assert not [detail for plan in plans for detail in plan if "SCAN announcements" in detail]
    assert any("SCAN announcements" in detail for detail in scanning)
    assert all("ix_announcements_channel_id_id" in " ".join(plan) for plan in plans)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_the_queue_and_the_digests_are_read_by_their_indexes(database_url, store):
    engine = open_sqlite(parse(database_url), begin="BEGIN", pool_size=1)
    questions = {
        "ix_announcements_channel_id_id": "SELECT id FROM announcements WHERE channel_id = 1 "
        "AND id >= 5 AND due_at IS NOT NULL ORDER BY id LIMIT 9",
        "ix_announcements_digest_id": "SELECT 1 FROM announcements WHERE digest_id = 5",
    }
    async with engine.connect() as connection:
        plans = {
            index: (await connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))).all()
            for index, sql in questions.items()
        }
    await engine.dispose()

    for index, plan in plans.items():
        assert [index in row.detail and "SEARCH" in row.detail for row in plan] == [True]
