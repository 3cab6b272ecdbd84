"""aiosqlite with one hop to its thread for a statement, where SQLAlchemy would make four."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import aiosqlite

_FIRST_ROWS = 128
"""So many rows come along with a statement; what is read in parts brings the others later."""

_T = TypeVar("_T")
_Row = tuple[Any, ...]
_Started = tuple[sqlite3.Cursor, list[_Row], bool]


async def connect(path: str, **options: Any) -> "Connection":
    """Open a SQLite file on a thread of its own, for SQLAlchemy's `async_creator_fn`.

    `options` are those of `sqlite3.connect`.
    """
    return await opened(partial(sqlite3.connect, path, **options))


async def opened(connect: Callable[[], sqlite3.Connection]) -> "Connection":
    """Start a thread and let `connect` open the connection there."""
    connection = Connection(connect, _FIRST_ROWS)
    # A connection that nobody closes must not keep the process.
    connection._thread.daemon = True
    await connection
    return connection


def begin_with(connection: object, statement: str) -> None:
    """Begin a transaction with `statement`, on the way to whatever is done next.

    Raises:
        TypeError: `connect` did not open the connection.
    """
    if not isinstance(connection, Connection):
        raise TypeError("only connections of this driver begin with their first statement")
    connection.beginning = statement


class Connection(aiosqlite.Connection):
    """A connection whose cursors are made without a hop."""

    beginning: str | None = None
    _is_unsure = False

    def cursor(self) -> "_Cursor":  # type: ignore[override]  # no hop just to make one
        """Make a cursor, as SQLAlchemy's adapter wants it."""
        return _Cursor(self)

    async def _execute(self, fn: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if self.beginning is not None:
            fn, self.beginning = partial(self._begin, self.beginning, fn), None
        # What a caller gave up waiting for is still in the thread's queue.
        self._is_unsure = True
        done = await super()._execute(fn, *args, **options)  # type: ignore[no-untyped-call]
        self._is_unsure = False
        return done

    def _begin(self, statement: str, fn: Callable[..., _T], *args: Any, **options: Any) -> _T:
        self._conn.execute(statement)
        return fn(*args, **options)

    async def commit(self) -> None:
        """Commit what was begun."""
        if self.beginning is None:
            await super().commit()
        # Nothing was done in between, so nothing was begun.
        self.beginning = None

    async def rollback(self) -> None:
        """Take back what was begun."""
        self.beginning = None
        # The pool asks for it whenever a connection comes back; most were committed.
        if self._is_unsure or self.in_transaction:
            await super().rollback()

    async def hop(self, function: Callable[[], _T]) -> _T:
        """Call a function on the thread."""
        done: _T = await self._execute(function)
        return done

    def start(self, statement: str, parameters: Sequence[Any], *, is_many: bool) -> _Started:
        """Run a statement; to be called on the thread."""
        cursor = self._conn.cursor()
        (cursor.executemany if is_many else cursor.execute)(statement, parameters)
        rows = cursor.fetchmany(_FIRST_ROWS) if cursor.description else []
        has_more = len(rows) == _FIRST_ROWS
        if not has_more:
            cursor.close()
        return cursor, rows, has_more


class _Cursor:
    """As much of a cursor as SQLAlchemy's adapter asks for."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        self._rows: list[_Row] = []
        self._has_more = False

    async def __aenter__(self) -> "_Cursor":
        return self

    @property
    def description(self) -> Any:
        return None if self._cursor is None else self._cursor.description

    @property
    def rowcount(self) -> int:
        return -1 if self._cursor is None else self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return None if self._cursor is None else self._cursor.lastrowid

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        await self._run(statement, parameters, is_many=False)

    async def executemany(self, statement: str, parameters: Sequence[Any]) -> None:
        await self._run(statement, parameters, is_many=True)

    async def _run(self, statement: str, parameters: Sequence[Any], *, is_many: bool) -> None:
        connection = self._connection

        def start() -> _Started:
            # aiosqlite logs what it calls: of a `partial` with all its arguments.
            return connection.start(statement, parameters, is_many=is_many)

        self._cursor, self._rows, self._has_more = await connection.hop(start)

    async def fetchall(self) -> list[_Row]:
        taken = self._take(len(self._rows))
        if self._cursor is not None and self._has_more:
            taken += await self._connection.hop(self._cursor.fetchall)
        return taken

    async def fetchmany(self, size: int = 1) -> list[_Row]:
        taken = self._take(size)
        if self._cursor is not None and self._has_more and len(taken) < size:
            more = partial(self._cursor.fetchmany, size - len(taken))
            taken += await self._connection.hop(more)
        return taken

    async def fetchone(self) -> _Row | None:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    def _take(self, size: int) -> list[_Row]:
        taken = self._rows[:size]
        del self._rows[:size]
        return taken

    async def close(self) -> None:
        if self._cursor is not None and self._has_more:
            await self._connection.hop(self._cursor.close)
