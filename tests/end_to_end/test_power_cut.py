"""The power goes while events stream in: what was acknowledged is on the disk, once and whole."""

import itertools
import json
import signal
import sqlite3
from contextlib import closing
from shutil import copyfile, copytree

import pytest

from tests.end_to_end.disks import preloaded, shim
from tests.end_to_end.ledger import Ledger
from tests.end_to_end.matrix import sampled
from tests.end_to_end.place import open_place
from tests.end_to_end.stream import ONE_BY_ONE, Stream

__all__ = ["shim"]

FILES = ("bot.db", "bot.db-wal", "bot.db-shm")
_ORDERS = ["".join(str(number) for number in order) for order in itertools.permutations(range(3))]

# Long, because two cores serve everything.
pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize("order", sampled([*_ORDERS, "01", "10"], ["120"]))
async def test_copies_of_the_files_hold_all_that_was_acknowledged(order, tmp_path):
    """The process stands still while its files are copied: a power cut is one moment, too."""
    async with open_place(tmp_path) as place:
        await place.bot.start(**ONE_BY_ONE)
        await place.bot.ready()
        stream = Stream(place, seed=int(order))

        async with stream.flowing():
            for number in range(3):
                await stream.until_accepted(8 * (number + 1))
                acknowledged = list(stream.accepted)
                place.bot.freeze()
                copy = tmp_path / f"copy-{number}"
                copy.mkdir()
                for index in order:
                    name = FILES[int(index)]
                    copyfile(tmp_path / name, copy / name)
                if number < 2:
                    place.bot.thaw()
                assert set(acknowledged) <= _stored_in(copy / "bot.db")
            await place.bot.stop(signal.SIGKILL)

        assert await _differences_from(place, copy / "bot.db", stream) == []


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(4))
async def test_what_was_flushed_holds_all_that_was_acknowledged(seed, shim, tmp_path):
    """What was written and not flushed is lost here, as it may be in a power cut."""
    database, kept = tmp_path / "bot.db", tmp_path / "kept"
    kept.mkdir()
    async with open_place(tmp_path) as place:
        await place.bot.start(**ONE_BY_ONE)
        await place.bot.ready()
        await place.bot.stop()
        copyfile(database, kept / "bot.db")
        await place.bot.start(**ONE_BY_ONE, **preloaded(shim, database, kept=kept))
        await place.bot.ready()
        stream = Stream(place, seed=seed)

        async with stream.flowing():
            for number in range(4):
                await stream.until_accepted(8 * (number + 1))
                acknowledged = list(stream.accepted)
                place.bot.freeze()
                copy = tmp_path / f"copy-{number}"
                copytree(kept, copy)
                if number < 3:
                    place.bot.thaw()
                assert set(acknowledged) <= _stored_in(copy / "bot.db")
            await place.bot.stop(signal.SIGKILL)

        assert await _differences_from(place, copy / "bot.db", stream) == []


def _stored_in(database):
    """Which members' events a copy holds; it must open and be whole."""
    whole = database.with_name("whole")
    copytree(database.parent, whole)
    with closing(sqlite3.connect(whole / database.name)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        bodies = [row[0] for row in connection.execute("SELECT body FROM events")]
    return {json.loads(body)["data"]["id"] for body in bodies}


async def _differences_from(place, copy, stream):
    """Start the bot from the copy, let the stream end, and say what is lost or told twice."""
    place.database_url = f"sqlite:///{copy}"
    await place.bot.start(DATABASE_URL=place.database_url, **ONE_BY_ONE)
    await place.bot.ready()
    await stream.finish()
    ledger = Ledger(place, titles=stream.titles, accepted=len(stream.accepted))
    return await ledger.differences()
