"""Brings a database up to date, with a copy first and everything or nothing applied."""

import logging
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import PermanentError
from storage.address import Address, parse
from storage.engine import open_postgresql, open_sqlite
from storage.faults import translated
from storage.files import new_file

log = logging.getLogger(__name__)

_MIGRATIONS = Path(__file__).parent / "migrations"
# Any number will do, as long as nobody else on the server uses it for something else.
_LOCK = 0x70617472656F6E


async def current(address: str) -> str | None:
    """Tell the revision that a database has, None for an empty one."""
    where = parse(address)
    if where.path is not None and not where.path.exists():
        return None
    async with _connected(where, begin="BEGIN") as connection:
        return await connection.run_sync(_current)


async def pending(address: str) -> Sequence[str]:
    """List the revisions that a database lacks, in the order in which they will be applied.

    Raises:
        PermanentError: the database is newer than this version of the bot.
    """
    return _missing(await current(address), parse(address).place)


async def upgrade(address: str) -> Sequence[str]:
    """Apply what is pending and give the revisions that were applied.

    All of it is one transaction. An existing SQLite file is copied first, beside itself; with
    PostgreSQL, backups are its operator's. Several processes may call this at the same time.

    Raises:
        PermanentError: the database is newer than this version of the bot, cannot be opened, or
            would not be consistent afterwards.
    """
    where = parse(address)
    if where.path is not None and not where.path.exists():
        _make(where, where.path)
    async with _connected(where, begin="BEGIN") as connection:
        before = await connection.run_sync(_current)
        missing = _missing(before, where.place)
        if not missing:
            return ()
        if where.path is not None and before is not None:
            await _copy(connection, where.path, revision=before, missing=missing)
    async with _connected(where) as connection:
        applied = await _upgrade(connection, where)
    if applied:
        log.info("database migrated", extra={"database": where.place, "revisions": list(applied)})
    return applied


async def draft(address: str, message: str) -> Path:
    """Write the next migration from what the tables have and the database lacks; gives its file.

    For developers: read it, correct it, and let the tests compare both databases.
    """
    async with _connected(parse(address)) as connection:
        revision = f"{int(_missing(None, address)[-1]) + 1:04}"
        return await connection.run_sync(_draft, message, revision)


def _draft(connection: Connection, message: str, revision: str) -> Path:
    config = _config()
    config.attributes["connection"] = connection
    script = command.revision(config, message, autogenerate=True, rev_id=revision)
    if not isinstance(script, Script):
        raise TypeError("Alembic wrote no migration, or several.")
    return Path(script.path)


async def _upgrade(connection: AsyncConnection, where: Address) -> Sequence[str]:
    if where.path is None:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    # Another process may have been faster while this one waited for its turn.
    missing = _missing(await connection.run_sync(_current), where.place)
    if missing:
        await connection.run_sync(run)
        await _check_references(connection, where)
        await connection.commit()
    return missing


async def _check_references(connection: AsyncConnection, where: Address) -> None:
    if where.path is None:
        return
    broken = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
    if broken:
        names = ", ".join(sorted({row[0] for row in broken}))
        raise PermanentError(
            f"The database {where.place} was not changed: after the migration, rows of {names} "
            "would name rows that do not exist. Report this, and go on with the earlier version."
        )


def run(connection: Connection, revision: str = "head") -> None:
    """Apply what leads to `revision`, inside the transaction that the connection has open."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def revisions() -> Sequence[str]:
    """List every revision that this version of the bot knows, oldest first."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


def _missing(revision: str | None, place: str) -> Sequence[str]:
    known = revisions()
    if revision is None:
        return known
    if revision not in known:
        raise PermanentError(
            f"The database {place} has revision {revision}, which this version of the bot does "
            f"not know (it knows up to {known[-1]}): install the newer version again, or bring "
            "back the copy that was made before the upgrade."
        )
    return known[known.index(revision) + 1 :]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


async def _copy(
    connection: AsyncConnection, path: Path, *, revision: str, missing: Sequence[str]
) -> None:
    """Copy the file to `<name>.before-<first missing>`, in place of an earlier try's copy."""
    copy = path.with_name(f"{path.name}.before-{missing[0]}")
    driver = (await connection.get_raw_connection()).driver_connection
    await connection.rollback()
    with new_file(copy) as draft:
        # VACUUM refuses to run inside a transaction, so it goes straight to the driver.
        await (await driver.execute("VACUUM INTO ?", (str(draft),))).close()  # type: ignore[union-attr]  # aiosqlite's own
        # Another process may have migrated meanwhile: then its copy is the one to keep.
        if _is_at(draft, revision):
            copy.unlink(missing_ok=True)
    log.info("database copied before its migration", extra={"copy": str(copy)})


def _is_at(path: Path, revision: str) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
            (revision,)
        ]


def _make(where: Address, path: Path) -> None:
    """Make a missing file that only the bot can read: it will hold people's names.

    It appears in WAL mode: of several processes that change the mode at once, all but one fail.
    """
    try:
        with new_file(path) as draft, closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    except OSError as error:
        raise PermanentError(
            f"The database {where.place} cannot be made ({error.strerror}): create its folder and "
            "let the bot write there."
        ) from error


@asynccontextmanager
async def _connected(
    where: Address, *, begin: str = "BEGIN IMMEDIATE"
) -> AsyncIterator[AsyncConnection]:
    """Open one connection for migrations; what is not committed is rolled back.

    Foreign keys are off: a batch change drops and renames tables, and the pragma that turns
    them off is ignored inside a transaction.
    """
    if where.path is not None:
        engine = open_sqlite(where, begin=begin, pool_size=1, has_foreign_keys=False)
    else:
        engine = open_postgresql(where, pool_size=1, statement_seconds=None)
    try:
        with translated(where.place):
            async with engine.connect() as connection:
                yield connection
    finally:
        await engine.dispose()
