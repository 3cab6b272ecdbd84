"""Checkpoints: what was committed reaches the SQLite file without a commit that waits for it."""

import asyncio
import gc
import shutil
import sqlite3
import threading
from contextlib import closing, suppress
from datetime import timedelta

import pytest

from storage.address import parse
from storage.checkpoints import Checkpoints
from storage.pragmas import connect_sqlite
from tests.factories import delivery

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

_AT_ONCE = timedelta(0)
_PAGE_BYTES = 4_096


@pytest.fixture
def path(database_url):
    """The file of the database."""
    return parse(database_url).path


@pytest.fixture
def stored(path, tmp_path):
    """Counts the notes in the file alone, without its log; None while it is being written."""

    def count():
        alone = tmp_path / "alone.db"
        shutil.copy(path, alone)
        with closing(sqlite3.connect(alone)) as connection, suppress(sqlite3.DatabaseError):
            return connection.execute("SELECT count(*) FROM notes").fetchone()[0]
        return None

    return count


@pytest.fixture
async def checkpoints(path):
    """Checkpoints that follow each ring at once."""
    checkpoints = Checkpoints(path, pause=_AT_ONCE)
    yield checkpoints
    await checkpoints.close()


def add_note(path, name="a"):
    """Commit a note; gives the connection, whose closing would bring it into the file."""
    connection = connect_sqlite(path)
    connection.execute("INSERT INTO notes (name, value) VALUES (?, '')", (name,))
    return connection


async def until(is_so):
    """Wait for another thread's work."""
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.01)


async def test_what_was_committed_reaches_the_file_after_a_ring(path, stored, checkpoints):
    with closing(add_note(path)):
        before = stored()

        checkpoints.ring()

        await until(lambda: stored() == 1)
        assert before == 0


async def test_what_a_transaction_of_the_store_wrote_reaches_the_file(store, stored):
    async with store.write() as work:
        await work.notes.set("tree", "abc")

    await until(stored)
    assert stored() == 1


async def test_a_ring_during_a_checkpoint_is_followed_by_another(path, stored, checkpoints):
    with closing(add_note(path)) as connection:
        connection.execute("UPDATE notes SET value = zeroblob(30000000)")
        checkpoints.ring()
        # By then the first one is busy with the long note.
        await asyncio.sleep(0.01)
        add_note(path, "b").close()
        checkpoints.ring()

        await until(lambda: (stored() or 0) > 1)
        assert stored() == 2


async def test_a_commit_does_not_bring_a_long_log_into_the_file_itself(path, stored):
    hundred_pages = 100 * _PAGE_BYTES
    with closing(connect_sqlite(path)) as connection:
        for number in range(20):
            connection.execute(
                "INSERT INTO notes (name, value) VALUES (?, zeroblob(?))",
                (str(number), hundred_pages),
            )

        assert stored() == 0


async def test_rings_while_others_read_and_write_lose_nothing(path, store, stored):
    for _ in range(50):
        await store.add_deliveries([delivery()] * 20)
        async with store.read() as work, store.write() as other:
            await other.notes.set("tree", "abc")
            await work.notes.get("tree")

    async with store.read() as work:
        assert (await work.events.backlog()).waiting == 1_000


async def test_a_checkpoint_that_fails_harms_nobody_and_is_tried_again(path, tmp_path, caplog):
    folder = tmp_path / "later"
    checkpoints = Checkpoints(folder / "bot.db", pause=_AT_ONCE)
    checkpoints.ring()
    await asyncio.sleep(0.05)
    folder.mkdir()
    shutil.copy(path, folder / "bot.db")

    with closing(add_note(folder / "bot.db")):
        checkpoints.ring()

        def is_there():
            shutil.copy(folder / "bot.db", tmp_path / "copy.db")
            with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
                return connection.execute("SELECT count(*) FROM notes").fetchone()[0] == 1

        await until(is_there)
    await checkpoints.close()
    gc.collect()
    assert caplog.records == []


async def test_closing_ends_the_thread_and_takes_no_ring_afterwards(path):
    checkpoints = Checkpoints(path, pause=_AT_ONCE)
    checkpoints.ring()
    await asyncio.sleep(0.05)

    await checkpoints.close()
    await checkpoints.close()
    checkpoints.ring()

    assert [thread.name for thread in threading.enumerate() if "checkpoint" in thread.name] == []


async def test_closing_does_not_wait_for_the_pause(path):
    checkpoints = Checkpoints(path, pause=timedelta(hours=1))
    checkpoints.ring()

    async with asyncio.timeout(20):
        await checkpoints.close()

    assert [thread.name for thread in threading.enumerate() if "checkpoint" in thread.name] == []
