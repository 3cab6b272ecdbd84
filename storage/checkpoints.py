"""Checkpoints of a SQLite file: what was committed is brought into it beside the commits."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from storage.pragmas import connect_sqlite

PAUSE = timedelta(milliseconds=250)
"""How long a checkpoint waits for more commits that share it."""


class Checkpoints:
    """Empties the write-ahead log of a file, on a connection and a thread of its own.

    SQLite would do so inside the commit that makes the log too long: whoever waits for that one
    would wait for a thousand pages and two flushes more. Here nobody waits. While commits follow
    each other without a gap the log goes on growing, up to `storage.pragmas.LOG_PAGES`.

    Source: sqlite.org, "Write-Ahead Logging" (3.2, a PASSIVE checkpoint blocks no writer).
    """

    def __init__(self, path: Path, *, pause: timedelta = PAUSE) -> None:
        self._path = path
        self._pause = pause.total_seconds()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._connection: sqlite3.Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_due = False
        self._is_closed = False

    def ring(self) -> None:
        """Say that something may have been committed."""
        self._is_due = True
        if (self._task is None or self._task.done()) and not self._is_closed:
            self._task = asyncio.create_task(self._keep_up())

    async def _keep_up(self) -> None:
        loop = asyncio.get_running_loop()
        while self._is_due:
            await asyncio.sleep(self._pause)
            self._is_due = False
            await loop.run_in_executor(self._thread, self._checkpoint)

    def _checkpoint(self) -> None:
        # Nothing is lost when it fails: the log keeps what it has, and the next commit tells.
        with suppress(sqlite3.Error):
            self._connection = self._connection or connect_sqlite(self._path)
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    async def close(self) -> None:
        """Finish the checkpoint in hand, close the connection and end the thread."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
