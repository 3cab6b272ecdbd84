"""Requests that wait in the inbox, over a store that does what the test says."""

import asyncio
from datetime import timedelta

import pytest

from core.accept import Inbox
from core.errors import TemporaryError
from tests.factories import delivery


class Gate:
    """Stores nothing before it is opened."""

    def __init__(self):
        self.opened = asyncio.Event()
        self.batches = []

    async def add_deliveries(self, deliveries):
        await self.opened.wait()
        self.batches.append([each.body for each in deliveries])

    @property
    def stored(self):
        return [body for batch in self.batches for body in batch]


@pytest.fixture
async def gate():
    return Gate()


@pytest.fixture
async def inbox(gate):
    inbox = Inbox(gate, on_stored=lambda: None, batch=3)
    running = asyncio.create_task(inbox.run())
    yield inbox
    running.cancel()
    await asyncio.wait({running})


def accept(inbox, *bodies, **options):
    return [asyncio.create_task(inbox.accept(delivery(body=body), **options)) for body in bodies]


async def test_nobody_is_answered_before_the_batch_is_stored(inbox, gate):
    requests = accept(inbox, b"1", b"2")
    done_before, _ = await asyncio.wait(requests, timeout=0.02)

    gate.opened.set()
    async with asyncio.timeout(5):
        await asyncio.gather(*requests)

    assert done_before == set()


async def test_what_waits_is_stored_in_batches_in_the_order_it_came(inbox, gate):
    requests = accept(inbox, b"1", b"2", b"3", b"4", b"5")
    gate.opened.set()
    async with asyncio.timeout(5):
        await asyncio.gather(*requests)

    assert gate.batches == [[b"1", b"2", b"3"], [b"4", b"5"]]


async def test_a_request_waits_no_longer_than_its_deadline(inbox, gate):
    (patient,) = accept(inbox, b"patient")

    with pytest.raises(TemporaryError, match="too long"):
        await inbox.accept(delivery(body=b"hurried"), deadline=timedelta(milliseconds=10))
    gate.opened.set()
    async with asyncio.timeout(5):
        await patient
        while len(gate.stored) < 2:
            await asyncio.sleep(0)

    assert sorted(gate.stored) == [b"hurried", b"patient"]


async def test_a_request_that_goes_away_disturbs_no_other(inbox, gate):
    gone, stays = accept(inbox, b"gone", b"stays")
    await asyncio.sleep(0)
    gone.cancel()
    gate.opened.set()

    async with asyncio.timeout(5):
        await stays

    assert gone.cancelled()
