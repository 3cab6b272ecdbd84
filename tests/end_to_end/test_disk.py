"""The disk under the database fails for a while: no 2xx without a commit, and all comes right."""

import asyncio
import contextlib
import errno
import functools
from pathlib import Path

import aiohttp
import pytest

from core.process import LEASE
from sandbox.patreon import FaultKind
from tests.end_to_end.disks import (
    failing,
    filled,
    locked,
    no_file_grows,
    preloaded,
    read_only,
    shim,
    small_disk,
)
from tests.end_to_end.ledger import Ledger
from tests.end_to_end.matrix import sampled
from tests.end_to_end.place import PATIENCE, open_place

__all__ = ["shim"]

TROUBLES = {
    "full": f"write {errno.ENOSPC}",
    "read-only": f"write {errno.EROFS}",
    "broken": f"write {errno.EIO}",
    "broken-flush": f"flush {errno.EIO}",
}

# Long, because two cores serve everything.
pytestmark = pytest.mark.timeout(300)

_LEASE_ENDS = 150.0
"""Seconds: what was in hand when not even its failure could be noted waits out its lease."""


async def test_files_that_may_not_be_written_stop_no_part_and_lose_nothing(tmp_path):
    async with open_place(tmp_path) as place:
        await place.bot.start()
        await place.bot.ready()

        assert await _live_through(place, lambda: no_file_grows(place.bot.pid)) == []


@pytest.mark.proof
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_failing_disk_stops_no_part_and_loses_nothing(trouble, shim, tmp_path):
    database = tmp_path / "bot.db"
    async with open_place(tmp_path) as place:
        await place.bot.start(**preloaded(shim, database))
        await place.bot.ready()

        assert await _live_through(place, lambda: failing(database, TROUBLES[trouble])) == []


@pytest.mark.proof
@pytest.mark.timeout(300)
async def test_an_event_in_work_when_the_disk_fails_comes_back(shim, tmp_path):
    database = tmp_path / "bot.db"
    async with open_place(tmp_path) as place:
        await place.bot.start(**preloaded(shim, database))
        await place.bot.ready()

        broken = functools.partial(failing, database, TROUBLES["broken"])
        assert await _live_through(place, broken, is_in_work=True) == []


@pytest.mark.proof
async def test_a_disk_without_room_stops_no_part_and_loses_nothing(tmp_path):
    with small_disk(tmp_path / "disk", megabytes=8) as disk:
        async with open_place(tmp_path, database_url=f"sqlite:///{disk / 'bot.db'}") as place:
            await place.bot.start()
            await place.bot.ready()

            assert await _live_through(place, lambda: filled(disk), is_total=False) == []


@pytest.mark.parametrize("seconds", sampled(["6"], []))
async def test_a_database_that_another_process_locks_stops_no_part(seconds, tmp_path):
    async with open_place(tmp_path) as place:
        await place.bot.start()
        await place.bot.ready()

        lock = functools.partial(locked, tmp_path / "bot.db")
        assert await _live_through(place, lock, seconds=float(seconds)) == []


@pytest.mark.proof
async def test_a_read_only_disk_at_the_start_ends_it_with_one_sentence(tmp_path):
    async with open_place(tmp_path, database_url=f"sqlite:///{tmp_path / 'disk/bot.db'}") as place:
        await place.bot.start()
        await place.bot.ready()
        await place.bot.stop()
        place.bot.lines.clear()

        with read_only(tmp_path / "disk"):
            await place.bot.start()
            assert await place.bot.ended() == 1

        assert "disk" in place.bot.lines[-1]
        assert not any("Traceback" in line for line in place.bot.lines)


async def _live_through(
    place, trouble, *, seconds: float = 3, is_total: bool = True, is_in_work: bool = False
):
    """Deliver before, during and after a trouble; gives what is wrong in the end.

    `is_total`: nothing at all can be stored meanwhile. A full disk still has room within the
    files for what is small.
    """
    ledger = Ledger(place, titles=["Ada joined", "Bea joined", "Cleo joined"])
    waiting = place.world.join(webhook=False, name="Ada").member
    place.world.faults.plan("members", FaultKind.UNAVAILABLE, times=10_000)
    if is_in_work:
        # Patreon is slow to tell of Ada, so that her event is in hand when the trouble begins.
        place.world.faults.plan("member", FaultKind.SLOW, seconds=2.0)
    assert await _deliver(place, waiting) == 204
    if is_in_work:
        await place.until(lambda: _is_in_work(place), "the event was not taken up")
    else:
        await place.until_settled()
    refused = place.world.join(webhook=False, name="Bea").member
    with trouble():
        replies = await _deliver_for(place, refused, seconds=seconds)
        health = await place.bot.health()
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{place.bot.url}/livez") as answer,
        ):
            assert answer.status == 200
    accepted = [reply for reply in replies if reply.status == 204]
    assert {reply.status for reply in replies} <= {204, 503}
    assert all(int(reply.retry_after) > 0 for reply in replies if reply.status == 503)
    assert not (is_total and accepted)
    assert len(accepted) < len(replies)
    if is_total:
        assert health["database"] == "failing"
    assert place.bot.is_running, place.bot.tail()

    late = place.world.join(webhook=False, name="Cleo").member
    for member in (refused, late):
        document = place.world.member_document(member)
        await place.deliver_until_accepted("members:pledge:create", document)
    ledger.accepted = 3 + len(accepted)
    if is_in_work:
        # What could not be written down comes back when its lease runs out.
        await place.until_settled(patience=LEASE.total_seconds() + PATIENCE)
    wrong = await ledger.differences(patience=_LEASE_ENDS)
    place.world.faults.clear()
    await place.bot.ready()
    said = "\n".join(place.bot.lines)
    wrong += [said[:3_000] for word in ("Traceback", "part crashed") if word in said]
    return wrong


async def _is_in_work(place):
    return any(letter.attempts for letter in await place.letters())


async def _deliver(place, member):
    return await place.deliver("members:pledge:create", place.world.member_document(member))


async def _deliver_for(place, member, *, seconds):
    """Deliver again and again for a while, as several senders would."""
    document = place.world.member_document(member)
    replies = []

    async def send():
        while True:
            reply = await place.post("members:pledge:create", document)
            assert reply is not None, place.bot.tail()
            replies.append(reply)
            await asyncio.sleep(0.2)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds + 12):
            senders = [asyncio.create_task(send()) for _ in range(3)]
            try:
                await asyncio.sleep(seconds)
                while not replies:
                    await asyncio.sleep(0.1)
            finally:
                for sender in senders:
                    sender.cancel()
                await asyncio.gather(*senders, return_exceptions=True)
    assert replies, f"nobody answered: {Path(place.database_url).name}"
    return replies
