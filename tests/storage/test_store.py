"""Transactions: what they keep, what they see, who may write."""

import asyncio
import sqlite3
import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Text

from core.errors import TemporaryError
from storage.faults import DatabaseBug
from storage.store import SqlStore
from storage.tables import metadata
from tests.factories import NOW, campaign, delivery, member, save_campaign


async def note(store, name):
    async with store.read() as work:
        return await work.notes.get(name)


async def test_what_a_transaction_wrote_is_there_afterwards(store):
    async with store.write() as work:
        await work.notes.set("tree", "abc")

    assert await note(store, "tree") == "abc"


async def test_an_error_in_the_block_undoes_everything_and_passes_through(store):
    async def fail():
        async with store.write() as work:
            await work.notes.set("tree", "abc")
            raise KeyError("mine")

    with pytest.raises(KeyError):
        await fail()

    assert await note(store, "tree") is None


async def test_an_error_that_looks_like_the_networks_is_not_taken_for_the_databases(store):
    with pytest.raises(ConnectionResetError):
        async with store.write():
            raise ConnectionResetError("not the database")


async def test_a_transaction_sees_its_own_writes(store):
    async with store.write() as work:
        await work.notes.set("tree", "abc")

        assert await work.notes.get("tree") == "abc"


async def test_a_reader_sees_one_moment_while_others_write(store):
    async with store.write() as work:
        await work.notes.set("tree", "old")

    async with store.read() as reader:
        before = await reader.notes.get("tree")
        async with store.write() as writer:
            await writer.notes.set("tree", "new")
        after = await reader.notes.get("tree")

    assert (before, after) == ("old", "old")
    assert await note(store, "tree") == "new"


async def test_a_reader_cannot_write(store):
    with pytest.raises((DatabaseBug, TemporaryError)):
        async with store.read() as work:
            await work.notes.set("tree", "abc")

    assert await note(store, "tree") is None


@pytest.fixture
async def processes(store, database_url, keys, clock):
    """The store, and another one on the same database: as if a second process had opened it."""
    other = SqlStore(database_url, keys=keys, clock=clock)
    yield store, other
    await other.close()


async def test_of_a_hundred_concurrent_updates_all_are_kept(store, processes, clock):
    await save_campaign(store)
    async with store.write() as work:
        await work.members.save([(member(lifetime_cents=0), b"0")], seen_at=clock())

    async def add_a_cent(process):
        async with process.write() as work:
            await work.members.stamps([member().id])
            known = (await work.members.load([member().id]))[member().id]
            await asyncio.sleep(0)
            richer = replace(known, lifetime_cents=known.lifetime_cents + 1)
            await work.members.save([(richer, b"1")], seen_at=clock())

    await asyncio.gather(*(add_a_cent(process) for process in processes * 50))

    async with store.read() as work:
        known = await work.members.load([member().id])
    assert known[member().id].lifetime_cents == 100


async def test_deliveries_are_kept_while_others_write(store, processes, clock):
    async def write(process):
        async with process.write() as work:
            await work.notes.set("tree", "abc")

    await asyncio.gather(
        *(write(process) for process in processes * 10),
        *(process.add_deliveries([delivery()] * 3) for process in processes * 10),
    )

    async with store.read() as work:
        assert (await work.events.backlog()).waiting == 60


async def test_of_two_transactions_that_meet_a_new_member_the_second_sees_what_the_first_stored(
    store, clock
):
    await save_campaign(store)
    found = []

    async def meet():
        async with store.write() as work:
            found.append(len(await work.members.stamps([member().id])))
            await asyncio.sleep(0.01)
            await work.members.save([(member(), b"1")], seen_at=clock())

    await asyncio.gather(*(meet() for _ in range(5)))

    assert found == [0, 1, 1, 1, 1]


async def test_a_member_whose_stamp_was_read_waits_for_the_transactions_end(
    store, processes, clock
):
    await save_campaign(store)
    async with store.write() as work:
        await work.members.save([(member(), b"1")], seen_at=clock())

    async def touch():
        async with processes[1].write() as work:
            await work.members.touch([member().id], seen_at=clock() + timedelta(hours=1))

    async with store.write() as work:
        await work.members.stamps([member().id])
        touching = asyncio.create_task(touch())
        for _ in range(50):
            await work.notes.get("tree")
        is_waiting = not touching.done()
    await touching

    assert is_waiting


async def test_a_cancelled_transaction_leaves_nothing_and_blocks_nobody(store):
    is_writing = asyncio.Event()

    async def write_for_ever():
        async with store.write() as work:
            await work.notes.set("tree", "half")
            is_writing.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_for_ever())
    await is_writing.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    await store.check()
    assert await note(store, "tree") is None


async def test_a_statement_that_is_cancelled_half_way_blocks_nobody(store, clock):
    await save_campaign(store)
    many = [(member(id=f"m{i}"), b"1") for i in range(500)]

    async def save():
        async with store.write() as work:
            await work.members.save(many, seen_at=clock())

    for steps in (1, 3, 6, 12, 25):
        task = asyncio.create_task(save())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    await save()
    async with store.read() as work:
        assert await work.members.count_present("1001") == 500


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_file_locked_by_another_process_is_a_temporary_error(store, database_url):
    await store.check()
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with store._engine.driver() as driver:
        await (await driver.execute("PRAGMA busy_timeout = 1")).close()

    with pytest.raises(TemporaryError, match="locked by another process"):
        await store.check()

    other.execute("ROLLBACK")
    other.close()
    await store.check()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_full_disk_is_a_temporary_error(store):
    async with store._engine.driver() as driver:
        await (await driver.execute("PRAGMA max_page_count = 1")).close()

    async def write():
        async with store.write() as work:
            await work.notes.set("long", "x" * 1_000_000)

    with pytest.raises(TemporaryError, match="its disk is full"):
        await write()


async def test_checking_writes_again_and_again(store):
    written = []
    for _ in range(3):
        await store.check()
        written.append(await note(store, "check"))

    assert written == ["0", "1", "0"]


async def test_naive_datetimes_are_refused(store):
    await save_campaign(store)
    naive = datetime(2026, 1, 1)  # noqa: DTZ001

    with pytest.raises(ValueError, match="no time zone"):
        async with store.write() as work:
            await work.members.save([(member(), b"1")], seen_at=naive)
    with pytest.raises(ValueError, match="no time zone"):
        await store.add_deliveries([delivery(received_at=naive)])


async def test_times_of_any_zone_come_back_in_utc(store):
    await save_campaign(store)
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    async with store.write() as work:
        await work.members.save([(member(next_charge_at=tokyo), b"1")], seen_at=tokyo)
        stamps = await work.members.stamps([member().id])
        known = await work.members.load([member().id])

    assert stamps[member().id].seen_at.utcoffset() == timedelta()
    assert stamps[member().id].seen_at == NOW
    assert known[member().id].next_charge_at == NOW


async def test_a_broken_reference_is_a_bug_and_no_librarys_error(store, clock):
    with pytest.raises(DatabaseBug):
        async with store.write() as work:
            await work.members.save([(member(campaign_id="none"), b"1")], seen_at=clock())


async def test_characters_that_no_database_takes_are_replaced(store, clock):
    await save_campaign(store)
    async with store.write() as work:
        await work.members.save([(member(name="a\x00b\ud800c"), b"1")], seen_at=clock())
        known = await work.members.load([member().id])
        nothing = await work.hooks.by_key("\x00")
        nobody = await work.members.load(["\x00", "b"])

    assert known[member().id].name == "a�b�c"
    assert nothing is None
    assert nobody == {}


@pytest.mark.parametrize("strange", ["\x00", "\ud800"])
async def test_no_statement_fails_because_of_such_characters(store, clock, strange):
    creator_id = await save_campaign(store)
    async with store.write() as work:
        await work.campaigns.save(campaign(currency=strange), [], creator_id=creator_id)
        await work.members.save([(member(tier_ids=(strange,)), b"1")], seen_at=clock())
        stamps = await work.members.stamps([strange, "b"])
        stored = await work.campaigns.get(member().campaign_id)
        known = await work.members.load([member().id])

    assert stamps == {}
    assert stored.campaign.currency == "\N{REPLACEMENT CHARACTER}"
    assert known[member().id].tier_ids == ("\N{REPLACEMENT CHARACTER}",)


def test_every_text_column_cleans_what_it_takes_unless_the_bot_spells_it():
    own_words = {
        *("token_state", "seed_hash", "renewing_by", "status", "kind", "wanted"),
        *("right", "purpose", "action", "failure", "slot", "size"),
        *("digest", "source", "media_type", "state", "hand_over", "post_detail"),
    }
    as_json = {
        *("tier_ids", "before", "after", "card", "kinds", "staff_kinds", "benefits"),
        *("targets", "approval", "draft_ids"),
    }

    uncleaned = {
        column.name
        for table in metadata.tables.values()
        for column in table.c
        if isinstance(column.type, Text)
    }

    assert uncleaned <= own_words | as_json


@pytest.mark.parametrize("is_used", [True, False])
async def test_closing_twice_or_unused_does_no_harm(store, is_used):
    if is_used:
        await store.add_deliveries([delivery()])

    await store.close()
    await store.close()

    assert [thread.name for thread in threading.enumerate() if "inbox" in thread.name] == []
