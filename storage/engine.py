"""Connections to the database: who may write, how long to wait, what a transaction sees."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import Engine as SyncEngine
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import TemporaryError
from storage import sqlite_driver
from storage.address import Address
from storage.checkpoints import Checkpoints
from storage.connection import Connection
from storage.faults import translated
from storage.pragmas import BUSY_SECONDS, sqlite_pragmas

_T = TypeVar("_T")
_WAIT_SECONDS = 30
_READERS = 4
_POOL_SIZE = 10
_STATEMENT_SECONDS = 60
_CONNECT_SECONDS = 10
_ASK_AFTER_SECONDS = 1.0


class Engine:
    """The pools of one database.

    SQLite: one writing connection, guarded by `turn`, and readers of their own. PostgreSQL: one
    pool for both; rows are locked by the statements that say so.
    """

    def __init__(self, address: Address) -> None:
        self.place = address.place
        self.path = address.path
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._checkpoints = None if address.path is None else Checkpoints(address.path)
        if address.path is not None:
            self._writer = open_sqlite(address, begin="BEGIN IMMEDIATE", pool_size=1)
            self._reader = open_sqlite(address, begin="BEGIN", pool_size=_READERS, is_reader=True)
        else:
            self._writer = open_postgresql(address)
            self._reader = self._writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until nobody else in this process writes the SQLite file.

        Raises:
            TemporaryError: others kept writing for half a minute.
        """
        if self._checkpoints is None:
            yield
            return
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await self._lock.acquire()
        except TimeoutError as error:
            raise TemporaryError(f"The database {self.place} is too busy.") from error
        try:
            yield
        finally:
            self._lock.release()
            self._checkpoints.ring()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """Open a transaction that may write; the block's end commits it."""
        async with self.turn(), self._transaction(self._writer) as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """Open a transaction that sees one moment of the database and cannot change it."""
        async with self._transaction(self._reader) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[Connection]:
        async with self._connected(engine) as raw:
            with translated(self.place):
                await raw.begin()
            yield Connection(raw, self.place)
            with translated(self.place):
                await raw.commit()

    @asynccontextmanager
    async def driver(self) -> AsyncIterator[Any]:
        """Lend the driver's own connection of the writing pool, outside any transaction."""
        async with self._connected(self._writer) as raw:
            with translated(self.place):
                pooled = await raw.get_raw_connection()
            yield pooled.driver_connection

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """Lend a connection of the pool; what was not committed is rolled back.

        Opening and closing go on when the caller is cancelled: a connection that is left half
        open keeps its thread or its socket.
        """
        opening = self._go_on(_opened(engine))
        try:
            with translated(self.place):
                raw = await asyncio.shield(opening)
        except asyncio.CancelledError:
            self._go_on(_close_when_open(opening))
            raise
        try:
            yield raw
        finally:
            with translated(self.place):
                await asyncio.shield(self._go_on(raw.close()))

    def _go_on(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._checkpoints is not None:
            await self._checkpoints.close()
        await self._reader.dispose()
        await self._writer.dispose()


async def _opened(engine: AsyncEngine) -> AsyncConnection:
    return await engine.connect().start()


async def _close_when_open(opening: asyncio.Task[AsyncConnection]) -> None:
    await asyncio.wait([opening])
    if not opening.cancelled() and opening.exception() is None:
        await opening.result().close()


def open_sqlite(
    address: Address,
    *,
    begin: str,
    pool_size: int,
    is_reader: bool = False,
    has_foreign_keys: bool = True,
) -> AsyncEngine:
    """Make a pool whose transactions start with `begin` and whose connections are set up."""
    engine = create_async_engine(
        address.url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_WAIT_SECONDS,
        hide_parameters=True,
        # The driver must not begin or commit anything by itself.
        connect_args={
            "isolation_level": None,
            "timeout": BUSY_SECONDS,
            "async_creator_fn": sqlite_driver.connect,
        },
    )

    def set_up(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        for pragma in sqlite_pragmas(has_foreign_keys=has_foreign_keys, is_reader=is_reader):
            cursor.execute(pragma)
        cursor.close()

    def start(connection: SyncConnection) -> None:
        sqlite_driver.begin_with(connection.connection.driver_connection, begin)

    event.listen(engine.sync_engine, "connect", set_up)
    event.listen(engine.sync_engine, "begin", start)
    return engine


def open_postgresql(
    address: Address,
    *,
    pool_size: int = _POOL_SIZE,
    statement_seconds: float | None = _STATEMENT_SECONDS,
) -> AsyncEngine:
    """Make a pool that notices connections that died while they were idle."""
    engine = create_async_engine(
        address.url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_WAIT_SECONDS,
        # The connection that was used last has its statements prepared.
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={
            "timeout": _CONNECT_SECONDS,
            "command_timeout": statement_seconds,
            "server_settings": {"application_name": "patreon-discord-bot"},
        },
    )
    _ask_the_idle(engine.sync_engine)
    return engine


def _ask_the_idle(engine: SyncEngine) -> None:
    """Ask a connection that was idle for a while whether it lives; the pool replaces a dead one.

    The pool's own `pool_pre_ping` asks every time, and each question is a transaction of its own.

    Source: docs.sqlalchemy.org, "Custom / Legacy Pessimistic Ping".
    """

    def came_back(connection: object, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    def is_wanted(connection: Any, record: ConnectionPoolEntry, proxy: object) -> None:
        idle_since: float | None = record.info.get("idle_since")
        if idle_since is None or time.monotonic() - idle_since < _ASK_AFTER_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    event.listen(engine, "checkin", came_back)
    event.listen(engine, "checkout", is_wanted)
