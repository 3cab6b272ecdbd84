"""SIGTERM in the middle of much work: nothing is cut short, and nothing is waited for."""

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta

import pytest

from bot.stopping import StoppableAlarm
from bot.supervisor import Part, Stopped, run_together
from core.accept import Inbox
from core.outbox import Outbox
from tests.bot.test_supervisor import supervision
from tests.factories import card, delivery, save_link
from tests.flows.channels import Channels

PATIENCE = timedelta(seconds=10)
MANY = 100


def now():
    return datetime.now(UTC)


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


async def test_a_worker_that_never_waits_ends_between_two_pieces_of_work():
    alarm = StoppableAlarm(now)
    begun, done = [], []

    async def run():
        while True:
            alarm.go_on()
            begun.append(1)
            await asyncio.sleep(0)
            if len(begun) == 5:
                terminate()
                await asyncio.sleep(0)
            await asyncio.sleep(0)
            done.append(1)

    async with asyncio.timeout(30):
        await run_together(supervision(patience=PATIENCE), worker=Part(run=run, ask=alarm.stop))

    assert len(begun) == len(done) >= 5


async def test_a_worker_that_was_stopped_does_not_wait():
    alarm = StoppableAlarm(now)
    alarm.stop()

    with pytest.raises(Stopped):
        await alarm.wait(None)


async def test_workers_that_do_not_listen_are_given_their_patience_once_for_all():
    loop = asyncio.get_running_loop()
    left = []

    async def deaf():
        begun = loop.time()
        try:
            await asyncio.Event().wait()
        finally:
            left.append(loop.time() - begun)

    async def ends():
        terminate()
        await asyncio.Event().wait()

    ten = {f"deaf-{n}": Part(run=deaf, ask=lambda: None) for n in range(10)}
    async with asyncio.timeout(30):
        await run_together(
            supervision(patience=timedelta(seconds=0.5), deadline=timedelta(seconds=4)),
            **ten,
            ends=Part(run=ends),
        )

    # Ten patiences one after the other would have met the deadline.
    assert len(left) == 10


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_an_outbox_with_much_to_do_stops_with_nothing_in_hand(store, clock):
    class Slow(Channels):
        is_ending = False

        async def send(self, channel_id, card):
            # Several are sent at once, so a number may be passed over.
            if len(self.shown) >= 30 and not self.is_ending:
                self.is_ending = True
                terminate()
            await asyncio.sleep(0.001)
            return await super().send(channel_id, card)

    channels, alarm = Slow(clock), StoppableAlarm(clock)
    link = await save_link(store)
    async with store.write() as work:
        for number in range(MANY):
            await work.announcements.add(
                card(marker=f"m-{number}"),
                channel_id=1_000 + number,
                link_id=link.id,
                change_id=None,
                at=clock(),
            )
    outbox = Outbox(store, channels, clock=clock, random=lambda: 0.5, alarm=alarm)

    async with asyncio.timeout(30):
        await run_together(
            supervision(patience=PATIENCE, deadline=PATIENCE),
            outbox=Part(run=outbox.run, ask=alarm.stop, pulse=alarm.pulse),
        )

    async with store.write() as work:
        in_hand = await work.announcements.release_leases()
        backlog = await work.announcements.backlog()
    assert in_hand == 0
    assert 0 < backlog.waiting == MANY - len(channels.shown)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_webhooks_that_wait_when_the_end_comes_are_stored(store, clock):
    inbox = Inbox(store, on_stored=lambda: None, batch=10)
    answers = []

    async def web():
        requests = [asyncio.create_task(inbox.accept(delivery())) for _ in range(MANY)]
        await asyncio.sleep(0)
        terminate()
        try:
            await asyncio.Event().wait()
        finally:
            answers.extend(await asyncio.gather(*requests, return_exceptions=True))

    async with asyncio.timeout(30):
        await run_together(
            supervision(patience=PATIENCE, deadline=PATIENCE),
            inbox=Part(run=inbox.run, finish=inbox.drain, pulse=inbox.pulse),
            web=Part(run=web),
        )

    async with store.read() as work:
        backlog = await work.events.backlog()
    assert answers == [None] * MANY
    assert backlog.waiting == MANY
