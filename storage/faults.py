"""What a driver's error means for the caller: wait, ask the operator, or find the bug."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy import exc

from core.errors import PermanentError, TemporaryError


class DatabaseBug(RuntimeError):  # noqa: N818  the name says what was found
    """The database refused a statement that should have been right."""


_SQLITE_TEMPORARY = {
    sqlite3.SQLITE_BUSY: "is locked by another process",
    sqlite3.SQLITE_LOCKED: "is locked by another process",
    sqlite3.SQLITE_FULL: "cannot grow, because its disk is full",
    sqlite3.SQLITE_READONLY: "cannot be written: make its file and folder writable for the bot",
    sqlite3.SQLITE_IOERR: "cannot be read or written, because its disk reports an error",
}
_SQLITE_PERMANENT = {
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: create its folder and let the bot write there",
    sqlite3.SQLITE_PERM: "cannot be opened: let the bot read and write the file",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database: name another file, or bring back a copy",
    sqlite3.SQLITE_CORRUPT: "is damaged: bring back a copy",
}
# Source: postgresql.org, "Appendix A. PostgreSQL Error Codes".
_PG_TEMPORARY = {
    "08": "cannot be reached",
    "25006": "is read-only at the moment",
    "40": "had to choose between two transactions",
    "53100": "cannot grow, because its disk is full",
    "53": "is short of resources",
    "55P03": "is locked by another process",
    "57014": "took too long",
    "57": "is starting or stopping",
    "58": "reports a system error",
}
_PG_PERMANENT = {
    "28": "refuses the user name or the password: correct the address in the configuration",
    "3D000": "does not exist: create it, or correct the address in the configuration",
    "3F000": "lacks its schema: create it, or correct the address in the configuration",
    "42501": "denies a permission: let the bot's user own its tables",
    "42P01": "lacks a table: bring it up to date with the migrations first",
}


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn the drivers' errors into the bot's; `place` names the database without secrets.

    Raises:
        TemporaryError: it is locked, full, read-only or away.
        PermanentError: the operator must act; the sentence says how.
        DatabaseBug: anything else that a driver says.
    """
    try:
        yield
    except (exc.SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _translation(error, place) from error
    except (sqlite3.Error, OSError) as error:
        raise _translation(error, place) from error


def _translation(error: Exception, place: str) -> Exception:
    cause: BaseException = error
    if isinstance(error, exc.StatementError) and error.orig is not None:
        cause = error.orig
    if isinstance(error, exc.StatementError) and isinstance(cause, ValueError | TypeError):
        return cause
    if isinstance(error, exc.TimeoutError):
        return TemporaryError(f"The database {place} is too busy: no connection became free.")
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause, place)
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        return _of_postgresql(state, cause, place)
    if isinstance(cause, OSError | asyncpg.InterfaceError) or _is_disconnect(error):
        return TemporaryError(f"The database {place} cannot be reached.")
    return DatabaseBug(f"The database {place} could not be used: {cause}")


def _of_sqlite(error: sqlite3.Error, place: str) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _SQLITE_TEMPORARY:
        return TemporaryError(f"The database {place} {_SQLITE_TEMPORARY[code]}.")
    if code in _SQLITE_PERMANENT:
        return PermanentError(f"The database {place} {_SQLITE_PERMANENT[code]}.")
    if "no such table" in str(error):
        return PermanentError(f"The database {place} {_PG_PERMANENT['42P01']}.")
    return DatabaseBug(f"The database {place} refused a statement: {error}")


def _of_postgresql(state: str, error: BaseException, place: str) -> Exception:
    for key in (state, state[:2]):
        if key in _PG_TEMPORARY:
            return TemporaryError(f"The database {place} {_PG_TEMPORARY[key]}.")
        if key in _PG_PERMANENT:
            return PermanentError(f"The database {place} {_PG_PERMANENT[key]}.")
    return DatabaseBug(f"The database {place} refused a statement: {error}")


def _is_disconnect(error: Exception) -> bool:
    return isinstance(error, exc.DBAPIError) and error.connection_invalidated
