"""Whether a SQLite file is whole, without changing it."""

import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from core.errors import TemporaryError

_STEPS = 10_000


def damage(path: Path, *, within: timedelta) -> str | None:
    """Read a file through and say what is broken in it, None for a whole one.

    It keeps its thread busy for as long: call it in one of its own.

    Raises:
        TemporaryError: it cannot be read through now, or takes longer than `within`.

    Source: sqlite.org, "PRAGMA quick_check".
    """
    ends_at = time.monotonic() + within.total_seconds()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            database.set_progress_handler(lambda: time.monotonic() > ends_at, _STEPS)
            rows = database.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.OperationalError as error:
        name = error.sqlite_errorname
        why = "in time" if name == "SQLITE_INTERRUPT" else f"now ({name})"
        raise TemporaryError(f"The file could not be read through {why}.") from error
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorname
    return None if rows == [("ok",)] else "quick_check"
