"""The end of the process: what Patreon answered is stored, and nothing is waited for in vain."""

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from core.errors import TemporaryError
from patreon.settings import Limits
from sandbox.patreon.faults import FaultKind
from tests.patreon.conftest import connect, settings_of

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

AGES = timedelta(minutes=1)
SOON = timedelta(seconds=0.2)


async def close(clients):
    """Close, and fail rather than wait for long."""
    async with asyncio.timeout(10):
        await clients.aclose()


async def until(is_true):
    async with asyncio.timeout(10):
        while not is_true():
            await asyncio.sleep(0.005)


def complaints(caplog):
    return [r for r in caplog.records if "given up" in r.msg or "tokens lost" in r.msg]


class _Gate:
    """A store whose writing waits until it is opened, but for the renewal's reservation."""

    def __init__(self, store):
        self._store, self.is_waited_for, self.open = store, asyncio.Event(), asyncio.Event()
        self.read, self._is_reserved = store.read, False

    @asynccontextmanager
    async def write(self):
        if self._is_reserved:
            self.is_waited_for.set()
            await self.open.wait()
        self._is_reserved = True
        async with self._store.write() as work:
            yield work


@pytest.fixture
def unused(world):
    """Tokens whose renewal is due at the next call."""
    world.tokens.expire_access(world.creator_token)
    return world.creator_token


@pytest.fixture
def is_new(world, stored):
    async def is_new():
        _, pair = await stored()
        return world.tokens.find(pair.access) is not None

    return is_new


async def test_an_answer_that_waits_to_be_stored_is_stored(
    open_clients, server, world, store, creator_id, unused, is_new
):
    gate = _Gate(store)
    clients = open_clients(settings_of(server, world, closing=AGES), store=gate)
    call = asyncio.create_task(clients(creator_id).identity())
    await gate.is_waited_for.wait()

    closing = asyncio.create_task(close(clients))
    await asyncio.sleep(0.05)
    gate.open.set()
    await closing

    assert await is_new()
    await asyncio.gather(call, return_exceptions=True)


async def test_an_answer_that_comes_in_time_is_stored(
    open_clients, server, world, creator_id, unused, is_new, asked, caplog
):
    clients = open_clients(settings_of(server, world, closing=AGES))
    world.faults.plan("token", FaultKind.SLOW, seconds=0.5)
    call = asyncio.create_task(clients(creator_id).identity())
    await until(lambda: asked("identity", 401))
    await asyncio.sleep(0.2)

    await close(clients)

    assert await is_new()
    assert not complaints(caplog)
    await asyncio.gather(call, return_exceptions=True)


async def test_an_answer_that_does_not_come_is_waited_for_only_so_long(
    open_clients, server, world, creator_id, unused, asked, caplog
):
    clients = open_clients(settings_of(server, world, closing=SOON, timeout=AGES, deadline=AGES))
    world.faults.plan("token", FaultKind.SLOW, seconds=60)
    call = asyncio.create_task(clients(creator_id).identity())
    await until(lambda: asked("identity", 401))
    await asyncio.sleep(0.2)

    await close(clients)

    with pytest.raises(TemporaryError, match="ends"):
        await call
    (record,) = (r for r in caplog.records if r.msg == "renewal without an answer given up")
    assert (record.levelno, record.creator_id) == (logging.WARNING, creator_id)


async def test_many_creators_end_together(open_clients, server, world, store, asked):
    settings = settings_of(server, world, closing=timedelta(seconds=1), timeout=AGES, deadline=AGES)
    clients = open_clients(settings)
    world.faults.plan("token", FaultKind.SLOW, seconds=60, times=30)
    calls = []
    for _ in range(15):
        pair = world.issue_tokens()
        world.tokens.expire_access(pair)
        calls.append(asyncio.create_task(clients(await connect(store, pair)).identity()))
    await until(lambda: asked("identity", 401) == 15)
    await asyncio.sleep(0.2)

    await close(clients)

    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(end) for end in ends} == {TemporaryError}


async def test_a_renewal_that_waits_for_its_turn_is_dropped_at_once(
    open_clients, server, world, creator_id, unused, asked, stored, caplog
):
    limits = Limits(per_client=1, client_window=AGES)
    clients = open_clients(settings_of(server, world, closing=AGES, deadline=AGES, limits=limits))
    _, old = await stored()
    call = asyncio.create_task(clients(creator_id).identity())
    await until(lambda: asked("identity", 401))
    await asyncio.sleep(0.1)

    await close(clients)

    with pytest.raises(TemporaryError, match="ends"):
        await call
    _, pair = await stored()
    assert asked("token") == 0
    assert pair == old
    assert not complaints(caplog)


async def test_a_second_renewal_that_waits_for_its_turn_is_dropped_at_once_too(
    open_clients, server, world, clock, creator_id, unused, asked, caplog
):
    """The first one was sent and failed; that says nothing about the second."""
    limits = Limits(per_client=2, client_window=AGES)
    clients = open_clients(settings_of(server, world, closing=AGES, deadline=AGES, limits=limits))
    world.faults.plan("token", FaultKind.UNAVAILABLE)
    with pytest.raises(TemporaryError):
        await clients(creator_id).identity()
    clock.advance(minutes=2)
    call = asyncio.create_task(clients(creator_id).identity())
    await asyncio.sleep(0.1)

    await close(clients)

    with pytest.raises(TemporaryError, match="ends"):
        await call
    assert asked("token") == 1
    assert not complaints(caplog)


async def test_a_store_that_stays_shut_does_not_hold_the_end_up(
    open_clients, server, world, store, creator_id, unused, caplog
):
    gate = _Gate(store)
    clients = open_clients(settings_of(server, world, closing=SOON), store=gate)
    call = asyncio.create_task(clients(creator_id).identity())
    await gate.is_waited_for.wait()

    await close(clients)

    with pytest.raises(TemporaryError, match="ends"):
        await call
    (record,) = (r for r in caplog.records if "tokens lost" in r.msg)
    assert (record.levelno, record.creator_id) == (logging.ERROR, creator_id)
    gate.open.set()


class _FailingStore:
    """A store whose next writes end in these errors; None: it works."""

    def __init__(self, store, errors):
        self._store, self._errors = store, errors
        self.read = store.read

    @asynccontextmanager
    async def write(self):
        if self._errors and (error := self._errors.pop(0)):
            raise error
        async with self._store.write() as work:
            yield work


async def test_a_defect_at_one_creator_costs_no_other_creator_the_new_tokens(
    open_clients, server, world, store, creator_id, unused, is_new
):
    full = [TemporaryError("The disk is full.")] * 6
    failing = _FailingStore(
        store, [None, RuntimeError("defect"), None, *full, RuntimeError("defect")]
    )
    clients = open_clients(settings_of(server, world, closing=AGES), store=failing)
    other = world.issue_tokens()
    world.tokens.expire_access(other)
    with pytest.raises(RuntimeError):
        await clients(await connect(store, other)).identity()
    with pytest.raises(TemporaryError):
        await clients(creator_id).identity()

    with pytest.raises(RuntimeError):
        await close(clients)

    assert await is_new()
