"""How a consent ended is heard by who waits, in whatever process it was finished."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.consents import LIFE, Ending, Invitation, OpenConsent, Outcome, Purpose
from core.endings import Endings
from core.errors import TemporaryError
from tests.factories import NOW
from tests.flows.seams import Seams, SeamStore

OPEN = OpenConsent(purpose=Purpose.CONNECT, user_id=7, guild_id=1, expires_at=NOW + LIFE)
INVITED = Invitation(url="http://bot/x", expires_at=NOW + LIFE, digest="d")
DONE = Ending(
    outcome=Outcome.DONE,
    purpose=Purpose.CONNECT,
    name='Ada "🦜" \\',
    campaigns=("Observatory",),
    lacking=("campaigns.posts",),
    reason="Later.",
)


@pytest.fixture
def process(store, clock):
    """Makes the endings of another process on the same database."""
    return lambda: Endings(store, clock=clock, look_every=timedelta(milliseconds=10))


async def used_up(store, consent=OPEN):
    async with store.write() as work:
        await work.consents.add("d", consent, most=3)
        assert await work.consents.take("d") is not None


async def kept(store):
    async with store.read() as work:
        return await work.consents.ending("d")


async def heard(waiting):
    async with asyncio.timeout(10):
        return await waiting


async def test_who_waits_hears_of_what_another_process_finished(store, process):
    await used_up(store)
    discord, web = process(), process()
    waiting = asyncio.create_task(discord.wait(INVITED))
    await asyncio.sleep(0.03)
    assert not waiting.done()

    await web.tell("d", DONE)

    assert await heard(waiting) == DONE
    assert await kept(store) is None


async def test_who_waits_in_the_same_process_hears_at_once_and_nothing_is_kept(store, clock):
    await used_up(store)
    endings = Endings(store, clock=clock, look_every=LIFE)
    waiting = asyncio.create_task(endings.wait(INVITED))
    await asyncio.sleep(0.03)

    await endings.tell("d", DONE)

    assert await heard(waiting) == DONE
    assert await kept(store) is None


async def test_an_ending_that_came_before_somebody_waits_is_not_lost(store, process):
    await used_up(store)
    endings = process()

    await endings.tell("d", DONE)

    assert await heard(endings.wait(INVITED)) == DONE


async def test_an_ending_that_nobody_hears_goes_when_its_time_is_over(store, process):
    await used_up(store)
    await process().tell("d", DONE)
    async with store.write() as work:
        await work.consents.sweep(expired_by=NOW - LIFE, ended_by=NOW)
    assert await kept(store) == DONE

    async with store.write() as work:
        await work.consents.sweep(expired_by=NOW, ended_by=NOW + LIFE)

    assert await kept(store) is None


async def test_a_consent_that_was_used_up_makes_no_room_and_is_not_good_again(store):
    await used_up(store)

    async with store.write() as work:
        for name in "vwxyz":
            await work.consents.add(name, replace(OPEN, expires_at=NOW + 2 * LIFE), most=3)
        assert await work.consents.look("d") is None
        assert await work.consents.take("d") is None
        await work.consents.end("d", DONE)
        assert await work.consents.ending("d") == DONE


async def test_an_open_consent_has_no_ending(store):
    async with store.write() as work:
        await work.consents.add("d", OPEN, most=3)
        await work.consents.end("d", DONE)

        assert await work.consents.ending("d") is None
        assert await work.consents.look("d") is not None


async def test_waiting_ends_when_the_time_is_over(store, process, clock):
    await used_up(store)
    clock.advance(minutes=11)

    assert await heard(process().wait(INVITED)) is None


async def test_what_was_given_up_is_waited_for_no_longer(store, process):
    await used_up(store)
    endings = process()
    waiting = asyncio.create_task(endings.wait(INVITED))
    await asyncio.sleep(0.03)

    endings.give_up("d")

    assert await heard(waiting) is None


async def test_a_database_that_is_away_for_a_moment_keeps_nobody_from_hearing(store, clock):
    class Away(SeamStore):
        def read(self):
            if next(looks, None):
                raise TemporaryError("The database is away.")
            return super().read()

    looks = iter([1, 1])
    await used_up(store)
    endings = Endings(Away(store, Seams()), clock=clock, look_every=timedelta(milliseconds=10))
    await Endings(store, clock=clock).tell("d", DONE)

    assert await heard(endings.wait(INVITED)) == DONE
