"""Putting a new database in the place of the one that is there, in one step that cannot tear."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import PermanentError
from storage.address import Address, parse
from storage.engine import open_postgresql, open_sqlite
from storage.faults import translated
from storage.files import replace, sync

_IN_USE = (
    "The database {place} is in use: stop the bot and whatever else has it open, then try again. "
    "Nothing was changed."
)
_SIDES = ("-wal", "-shm")
_LOOKS = 10
_PAUSE_SECONDS = 0.2


@asynccontextmanager
async def filling(draft: Path) -> AsyncIterator[AsyncConnection]:
    """Open an empty SQLite file to fill it in one transaction; the block's end commits."""
    where = address_of(draft)
    engine = open_sqlite(where, begin="BEGIN IMMEDIATE", pool_size=1, has_foreign_keys=False)
    try:
        with translated(where.place):
            async with engine.begin() as connection:
                yield connection
    finally:
        await engine.dispose()


def address_of(path: Path) -> Address:
    """Give the address of a SQLite file."""
    return parse(f"sqlite:///{path.absolute()}")


def swap_sqlite(draft: Path, path: Path, *, old: Path) -> bool:
    """Put `draft` in the place of `path`, which goes on as `old`; tells whether there was one.

    Nobody may have either open. A crash leaves the one or the other at `path`.

    Raises:
        PermanentError: somebody has it open, or it cannot be written; nothing was changed.
    """
    try:
        is_there = path.exists()
        if is_there:
            _settle(path, old)
            _keep(path, old)
        replace(draft, path)
    except OSError as error:
        raise PermanentError(
            f"The database {path} cannot be replaced ({error.strerror}): let the bot's user write "
            "in its folder, and make room there."
        ) from error
    return is_there


def _settle(path: Path, old: Path) -> None:
    """Bring what stands beside a SQLite file into it; of a damaged one it is moved away."""
    try:
        with closing(sqlite3.connect(path, timeout=1)) as connection:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        raise PermanentError(_IN_USE.format(place=path)) from error
    except sqlite3.DatabaseError:
        for side in _SIDES:
            beside = path.with_name(path.name + side)
            if beside.exists():
                beside.rename(old.with_name(old.name + side))
        return
    if busy or path.with_name(f"{path.name}-wal").exists():
        raise PermanentError(_IN_USE.format(place=path))


def _keep(path: Path, old: Path) -> None:
    try:
        old.hardlink_to(path)
    except OSError:
        # Some file systems know no links.
        shutil.copy2(path, old)
        sync(old)


@asynccontextmanager
async def swapping_postgresql(where: Address, *, suffix: str) -> AsyncIterator[AsyncConnection]:
    """Open an empty schema to fill it; at the block's end its tables take the others' place.

    All of it is one transaction. The earlier tables go on in the
    schema `before_restore_<suffix>`.

    Raises:
        PermanentError: others are connected to the database; nothing was changed.
    """
    engine = open_postgresql(where, pool_size=1, statement_seconds=None)
    new, old = f"restored_{suffix}", f"before_restore_{suffix}"
    try:
        with translated(where.place):
            async with engine.connect() as connection:
                await _refuse_others(connection, where)
                home = await connection.scalar(text("SELECT current_schema()"))
                await connection.execute(text(f'CREATE SCHEMA "{new}"'))
                await connection.execute(text(f'SET LOCAL search_path TO "{new}"'))
                yield connection
                await _refuse_others(connection, where)
                await _move(connection, str(home), new, old)
                await connection.commit()
    finally:
        await engine.dispose()


async def refuse_others(where: Address) -> None:
    """Make sure that nobody else is connected to a PostgreSQL database.

    Raises:
        PermanentError: somebody is.
    """
    engine = open_postgresql(where, pool_size=1)
    try:
        with translated(where.place):
            async with engine.connect() as connection:
                await _refuse_others(connection, where)
    finally:
        await engine.dispose()


async def _refuse_others(connection: AsyncConnection, where: Address) -> None:
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    # A connection that was closed a moment ago is still listed.
    for _ in range(_LOOKS):
        # Within a transaction the list is read once, unless it is told to look again.
        await connection.execute(text("SELECT pg_stat_clear_snapshot()"))
        if not await connection.scalar(others):
            return
        await asyncio.sleep(_PAUSE_SECONDS)
    raise PermanentError(_IN_USE.format(place=where.place))


async def _move(connection: AsyncConnection, home: str, new: str, old: str) -> None:
    await connection.execute(text(f'CREATE SCHEMA "{old}"'))
    for name in await _tables(connection, new):
        if name in await _tables(connection, home):
            await connection.execute(text(f'ALTER TABLE "{home}"."{name}" SET SCHEMA "{old}"'))
        await connection.execute(text(f'ALTER TABLE "{new}"."{name}" SET SCHEMA "{home}"'))
    await connection.execute(text(f'DROP SCHEMA "{new}"'))


async def _tables(connection: AsyncConnection, schema: str) -> list[str]:
    found = await connection.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY tablename"),
        {"schema": schema},
    )
    return list(found)
