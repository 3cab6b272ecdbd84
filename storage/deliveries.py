"""The way into the inbox: a batch of deliveries in one durable transaction, and little else."""

import asyncio
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from core.inbox import Delivery
from storage.engine import Engine
from storage.faults import translated
from storage.pragmas import connect_sqlite
from storage.sqlite_driver import Connection, opened
from storage.text import clean
from storage.types import to_sqlite, to_utc

_SQLITE_INSERT = "INSERT INTO events (hook_id, trigger, received_at, due_at, body) VALUES "
_SQLITE_ROW = "(?, ?, ?, ?, ?)"
_COLUMNS = 5
_POSTGRESQL_INSERT = (
    "INSERT INTO events (hook_id, trigger, received_at, due_at, body) "
    "SELECT hook_id, trigger, at, at, body "
    "FROM unnest($1::int[], $2::text[], $3::timestamptz[], $4::bytea[]) "
    "AS given (hook_id, trigger, at, body)"
)


class SqliteInbox:
    """A connection and a thread of its own, so that a batch costs the loop one wake-up.

    It takes its turn with the writer of this process: one of them writes at a time.
    """

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path
        self._opening: asyncio.Task[Connection] | None = None

    async def add(self, deliveries: Iterable[Delivery]) -> None:
        """Store the deliveries (at most 6,000) and wait for the commit.

        Source: sqlite.org, "Limits" (32,766 parameters in a statement).
        """
        async with self._engine.turn():
            values: list[int | str | bytes | None] = []
            for delivery in deliveries:
                at = to_sqlite(delivery.received_at)
                values += (delivery.hook_id, clean(delivery.trigger), at, at, delivery.body)
            if not values:
                return
            rows = [_SQLITE_ROW] * (len(values) // _COLUMNS)
            with translated(self._engine.place):
                connection = await self._opened()
                # One statement is a transaction by itself, and asks for Python's lock once: with
                # one for each row, the thread and the loop would wait for each other all the time.
                await connection.cursor().execute(_SQLITE_INSERT + ", ".join(rows), values)

    async def _opened(self) -> Connection:
        if self._opening is None or _has_failed(self._opening):
            self._opening = asyncio.create_task(opened(partial(connect_sqlite, self._path)))
        # It is opened to its end, whoever gives up: left half open, it would keep its thread.
        return await asyncio.shield(self._opening)

    async def close(self) -> None:
        """Finish the batch in hand, close the connection and end the thread."""
        async with self._engine.turn():
            opening, self._opening = self._opening, None
            if opening is None:
                return
            await asyncio.wait([opening])
            if not _has_failed(opening):
                await opening.result().close()


def _has_failed(opening: asyncio.Task[Connection]) -> bool:
    return opening.done() and (opening.cancelled() or opening.exception() is not None)


class PostgresqlInbox:
    """One statement, which is a transaction by itself, straight to the driver."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def add(self, deliveries: Iterable[Delivery]) -> None:
        """Store the deliveries and wait for the commit."""
        async with self._engine.driver() as driver:
            given = list(deliveries)
            columns = (
                [delivery.hook_id for delivery in given],
                [clean(delivery.trigger) for delivery in given],
                [to_utc(delivery.received_at) for delivery in given],
                [delivery.body for delivery in given],
            )
            with translated(self._engine.place):
                await driver.execute(_POSTGRESQL_INSERT, *columns)

    async def close(self) -> None:
        """Nothing of its own to close: the pool is the engine's."""
