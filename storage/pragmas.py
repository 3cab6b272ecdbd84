"""How every connection to a SQLite file is set up."""

import sqlite3
from pathlib import Path

BUSY_SECONDS = 5
"""How long a statement waits for another process that is writing the SQLite file."""

CACHE_KB = 8_000
"""How much of the SQLite file each connection keeps in memory at most."""

LOG_PAGES = 16_000
"""How long the write-ahead log may become before a commit itself brings it into the file."""

_PAGE_BYTES = 4_096


def sqlite_pragmas(*, has_foreign_keys: bool = True, is_reader: bool = False) -> list[str]:
    """List what every new connection to a SQLite file is told, outside any transaction.

    Source: sqlite.org, "Pragma statements".
    """
    pragmas = [
        f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        # `storage.checkpoints` does it before, beside the commits.
        f"PRAGMA wal_autocheckpoint = {LOG_PAGES}",
        f"PRAGMA journal_size_limit = {LOG_PAGES * _PAGE_BYTES}",
        # What was deleted is overwritten: some builds of SQLite leave it in the file.
        "PRAGMA secure_delete = ON",
        # Else what a statement may have to take back goes through a file, page by page.
        "PRAGMA temp_store = MEMORY",
        # A sync writes into many places of the indexes: with the usual 2 MB it reads them again.
        f"PRAGMA cache_size = -{CACHE_KB}",
        f"PRAGMA foreign_keys = {'ON' if has_foreign_keys else 'OFF'}",
    ]
    return [*pragmas, "PRAGMA query_only = ON"] if is_reader else pragmas


def connect_sqlite(path: Path) -> sqlite3.Connection:
    """Open a connection of the driver's own, for the thread that calls this."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    for pragma in sqlite_pragmas():
        connection.execute(pragma)
    return connection
