"""The inbox's own connection to a SQLite file: opened once, and never left half open."""

import asyncio
import sqlite3
import threading

import pytest

from core.errors import TemporaryError
from storage import deliveries
from tests.factories import delivery

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def waiting(store):
    async with store.read() as work:
        return (await work.events.backlog()).waiting


async def test_who_gives_up_while_it_is_opened_leaves_no_thread_behind(store, monkeypatch):
    connect, begun, go_on = deliveries.connect_sqlite, threading.Event(), threading.Event()
    threads = []

    def slowly(path):
        threads.append(threading.current_thread())
        begun.set()
        go_on.wait(10)
        return connect(path)

    monkeypatch.setattr(deliveries, "connect_sqlite", slowly)
    adding = asyncio.create_task(store.add_deliveries([delivery()]))
    async with asyncio.timeout(5):
        while not begun.is_set():
            await asyncio.sleep(0.001)
    adding.cancel()
    await asyncio.wait({adding})
    go_on.set()

    await store.add_deliveries([delivery()])
    assert await waiting(store) == 1
    await store.close()

    [thread] = threads
    await asyncio.to_thread(thread.join, 5)
    assert not thread.is_alive()


async def test_one_that_could_not_be_opened_is_opened_with_the_next_batch(store, monkeypatch):
    connect = deliveries.connect_sqlite

    def broken(path):
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise error

    monkeypatch.setattr(deliveries, "connect_sqlite", broken)
    with pytest.raises(TemporaryError, match="its disk reports an error"):
        await store.add_deliveries([delivery()])
    monkeypatch.setattr(deliveries, "connect_sqlite", connect)

    await store.add_deliveries([delivery()])

    assert await waiting(store) == 1


async def test_closing_opens_nothing_and_may_be_repeated(store, monkeypatch):
    opened = []
    monkeypatch.setattr(deliveries, "connect_sqlite", opened.append)

    await store.close()
    await store.close()

    assert opened == []
