import asyncio
from datetime import UTC, datetime, timedelta

from core.accept import Inbox
from core.alarm import Alarm
from core.inbox import Delivery
from core.pulse import Pulse


def now():
    return datetime.now(UTC)


def test_a_new_worker_neither_rests_nor_has_shown_life():
    pulse = Pulse()

    assert (pulse.is_resting, pulse.beats) == (False, 0)


def test_every_sign_of_life_counts_and_a_beat_ends_the_rest():
    pulse = Pulse()

    pulse.rest()
    assert (pulse.is_resting, pulse.beats) == (True, 1)
    pulse.beat()
    assert (pulse.is_resting, pulse.beats) == (False, 2)


async def test_a_worker_rests_while_its_alarm_waits():
    alarm = Alarm(now)
    waiting = asyncio.create_task(alarm.wait(None))
    await asyncio.sleep(0)
    was_resting = alarm.pulse.is_resting

    alarm.ring()
    await waiting

    assert (was_resting, alarm.pulse.is_resting) == (True, False)


async def test_a_worker_works_again_when_its_wait_ran_out():
    alarm = Alarm(now)

    await alarm.wait(now() - timedelta(days=1))

    assert not alarm.pulse.is_resting


async def test_to_go_on_is_a_sign_of_life():
    alarm = Alarm(now)
    alarm.go_on()

    assert alarm.pulse.beats == 1


async def test_an_inbox_rests_when_it_is_empty_and_not_while_it_stores():
    resting = []

    class Memory:
        async def add_deliveries(self, deliveries):
            resting.extend(inbox.pulse.is_resting for _ in deliveries)

    inbox = Inbox(Memory(), on_stored=lambda: None)
    running = asyncio.create_task(inbox.run())
    async with asyncio.timeout(5):
        await inbox.accept(Delivery(trigger="", body=b"", received_at=now()))
        await asyncio.sleep(0)
    was_resting = inbox.pulse.is_resting
    running.cancel()
    await asyncio.wait({running})

    assert (resting, was_resting) == ([False], True)


async def test_an_inbox_that_is_started_again_stores_what_waits():
    class Hanging:
        async def add_deliveries(self, deliveries):
            bodies = [delivery.body for delivery in deliveries]
            if not stored:
                stored.append("hangs")
                await asyncio.Event().wait()
            stored.extend(bodies)

    stored = []
    inbox = Inbox(Hanging(), on_stored=lambda: None, batch=1)
    running = asyncio.create_task(inbox.run())
    requests = [
        asyncio.create_task(inbox.accept(Delivery(trigger="", body=body, received_at=now())))
        for body in (b"first", b"second")
    ]
    while not stored:
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})

    running = asyncio.create_task(inbox.run())
    async with asyncio.timeout(5):
        await requests[1]
    running.cancel()
    await asyncio.wait({running, *requests})

    assert stored == ["hangs", b"second"]
    assert requests[0].exception() is not None
