"""Making a database of what an archive holds, and passing its pictures on."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import MultiFernet
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.backups.age import Unreadable
from bot.backups.archive import ArchiveReader, rows_in, table_of
from bot.backups.records import Pictures
from bot.backups.tar import KEYS
from core.audit import AuditEntry
from storage import migrate
from storage.address import Address
from storage.audit import SqlAudit
from storage.connection import Connection
from storage.dump import Kind, Layout
from storage.keys import parse_keys
from storage.refill import start
from storage.reseal import reseal
from storage.swap import address_of, filling

Put = Callable[[str, Iterator[bytes]], Awaitable[None]]
"""Takes a picture: its digest and its pieces, which it may believe once it has read them all."""


async def nowhere(digest: str, pieces: Iterator[bytes]) -> None:
    """Leave a picture alone; the archive compares it with its digest anyhow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poured:
    """What became of an archive. `keys` is the text that it held: a secret."""

    rows: int
    secrets: int
    keys: str
    pictures: Pictures


async def pour(
    archive: ArchiveReader,
    connection: AsyncConnection,
    where: Address,
    *,
    seals: MultiFernet | None,
    entry: AuditEntry | None = None,
    put: Put = nowhere,
    beat: Callable[[], None] = lambda: None,
) -> Poured:
    """Fill an empty database, bring it up to date and seal its secrets with `seals`.

    None: they are sealed with the backup's own keys. Everything is checked on the way, to the
    archive's last byte; nothing is committed here. `entry` goes into the audit of the new one.
    `put` gets the pictures before the archive's end was seen.

    Raises:
        UserError: the archive is damaged, newer than the bot, or its rows contradict each other.
        PermanentError: its keys do not open its secrets.
    """
    about = archive.about
    try:
        layout = Layout(
            about.revision,
            {
                name: [(column, Kind(kind)) for column, kind in columns]
                for name, columns in about.tables.items()
            },
        )
    except ValueError:
        raise Unreadable("The backup names kinds of columns that do not exist.") from None
    refill = await start(connection, where, layout)
    keys: str | None = None
    for name, content in archive.files():
        beat()
        table = table_of(name)
        if table is not None:
            await refill.add(table, rows_in(content))
        elif name == KEYS:
            keys = content.decode(errors="replace")
    for digest, pieces in archive.pictures():
        beat()
        await put(digest, pieces)
    if archive.sums is None or not keys:
        raise Unreadable("The backup holds no keys.")
    rows = archive.sums.rows
    await refill.finish(rows, archive.sums.counters)
    await connection.run_sync(migrate.run)
    await refill.check_references()
    opens = parse_keys(keys, "The keys in the backup")
    count = await reseal(connection, opens=opens, seals=seals or opens)
    if entry is not None:
        await SqlAudit(Connection(connection, where.place)).add(entry)
    return Poured(rows=sum(rows.values()), secrets=count, keys=keys, pictures=archive.sums.pictures)


async def build_sqlite(
    path: Path,
    archive: ArchiveReader,
    *,
    seals: MultiFernet | None,
    entry: AuditEntry | None = None,
    put: Put = nowhere,
    beat: Callable[[], None] = lambda: None,
) -> Poured:
    """Make a SQLite file of an archive, as `pour` does."""
    async with filling(path) as connection:
        where = address_of(path)
        return await pour(archive, connection, where, seals=seals, entry=entry, put=put, beat=beat)
