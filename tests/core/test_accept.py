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
        self.is_asked = False
        self.batches = []

    async def add_deliveries(self, deliveries):
        self.is_asked = True
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


def accept(inbox, *bodies):
    return [asyncio.create_task(inbox.accept(delivery(body=body))) for body in bodies]


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


async def test_who_comes_while_the_store_waits_for_its_turn_goes_with_those_before(inbox, gate):
    requests = accept(inbox, b"1")
    while not gate.is_asked:
        await asyncio.sleep(0)
    requests += accept(inbox, b"2")
    await asyncio.sleep(0)
    gate.opened.set()
    async with asyncio.timeout(5):
        await asyncio.gather(*requests)

    assert gate.batches == [[b"1", b"2"]]


class NoTurn:
    """Never gets to writing."""

    def __init__(self, error):
        self.error = error
        self.batches = []

    async def add_deliveries(self, deliveries):
        if self.error is not None:
            raise self.error
        self.batches.append([each.body for each in deliveries])


async def test_when_the_turn_never_comes_those_who_wait_are_told():
    inbox = Inbox(NoTurn(TemporaryError("The database is too busy.")), on_stored=lambda: None)
    requests = accept(inbox, b"1", b"2")
    await asyncio.sleep(0)

    await inbox.drain()

    async with asyncio.timeout(5):
        ends = await asyncio.gather(*requests, return_exceptions=True)
    assert [str(end) for end in ends] == ["The database is too busy."] * 2


async def test_what_was_not_taken_before_a_bug_in_the_store_is_stored_by_the_next():
    store = NoTurn(ZeroDivisionError())
    inbox = Inbox(store, on_stored=lambda: None)
    requests = accept(inbox, b"1", b"2")
    await asyncio.sleep(0)
    with pytest.raises(ZeroDivisionError):
        await inbox.drain()
    store.error = None

    await inbox.drain()

    async with asyncio.timeout(5):
        await asyncio.gather(*requests)
    assert store.batches == [[b"1", b"2"]]


async def test_a_request_waits_no_longer_than_its_deadline(gate):
    inbox = Inbox(gate, on_stored=lambda: None, deadline=timedelta(milliseconds=10))
    storing = asyncio.create_task(inbox.drain())
    (first,) = accept(inbox, b"first")
    with pytest.raises(TemporaryError, match="too long"):
        await first
    with pytest.raises(TemporaryError, match="too long"):
        await inbox.accept(delivery(body=b"second"))

    gate.opened.set()
    async with asyncio.timeout(5):
        await storing
        await inbox.drain()

    assert gate.stored == [b"first", b"second"]


async def test_who_comes_later_waits_as_long_as_those_before(gate):
    deadline = 0.2
    inbox = Inbox(gate, on_stored=lambda: None, deadline=timedelta(seconds=deadline))
    loop = asyncio.get_running_loop()

    async def waited():
        began = loop.time()
        with pytest.raises(TemporaryError, match="too long"):
            await inbox.accept(delivery())
        return loop.time() - began

    first = asyncio.create_task(waited())
    await asyncio.sleep(deadline / 2)
    async with asyncio.timeout(5):
        waits = await asyncio.gather(first, waited())

    assert min(waits) >= deadline


async def test_a_request_that_came_after_many_were_stored_is_given_up_too(gate):
    inbox = Inbox(gate, on_stored=lambda: None, deadline=timedelta(milliseconds=50))
    gate.opened.set()
    served = accept(inbox, b"1", b"2")
    await asyncio.sleep(0)
    await inbox.drain()
    await asyncio.gather(*served)

    async with asyncio.timeout(5):
        for _ in range(2):
            with pytest.raises(TemporaryError, match="too long"):
                await inbox.accept(delivery(body=b"late"))


async def test_a_request_that_goes_away_disturbs_no_other(inbox, gate):
    gone, stays = accept(inbox, b"gone", b"stays")
    await asyncio.sleep(0)
    gone.cancel()
    gate.opened.set()

    async with asyncio.timeout(5):
        await stays

    assert gone.cancelled()
