"""Sealing every stored secret anew, with other keys."""

from collections.abc import Iterator

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Column, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.audit import AuditEntry
from core.errors import PermanentError
from storage.address import parse
from storage.audit import SqlAudit
from storage.connection import Connection
from storage.engine import open_postgresql, open_sqlite
from storage.faults import translated
from storage.tables import metadata
from storage.types import Sealed, Secret


async def reseal(connection: AsyncConnection, *, opens: MultiFernet, seals: MultiFernet) -> int:
    """Seal what `opens` opens with the first key of `seals`; gives how many secrets there are.

    It happens inside the connection's transaction; the tables must be up to date.

    Raises:
        PermanentError: a secret was sealed with another key; nothing may be committed then.
    """
    count = 0
    for column in _sealed_columns():
        table = column.table
        keys = list(table.primary_key.columns)
        rows = (await connection.execute(select(column, *keys).where(column.is_not(None)))).all()
        for sealed, *key in rows:
            same = and_(*(each == value for each, value in zip(keys, key, strict=True)))
            token = _resealed(sealed.token, opens, seals)
            await connection.execute(update(table).where(same).values({column: Sealed(token)}))
            count += 1
    return count


async def reseal_all(
    address: str, *, opens: MultiFernet, seals: MultiFernet, entry: AuditEntry
) -> int:
    """Seal every secret of a database anew, all or none; gives how many there are.

    `entry` goes into the audit in the same transaction.

    Raises:
        PermanentError: a secret was sealed with another key; nothing was changed.
    """
    where = parse(address)
    if where.path is not None:
        engine = open_sqlite(where, begin="BEGIN IMMEDIATE", pool_size=1)
    else:
        engine = open_postgresql(where, pool_size=1)
    try:
        with translated(where.place):
            async with engine.begin() as connection:
                count = await reseal(connection, opens=opens, seals=seals)
                await SqlAudit(Connection(connection, where.place)).add(entry)
                return count
    finally:
        await engine.dispose()


async def count_others(address: str, keys: Fernet | MultiFernet) -> int:
    """Count the stored secrets that `keys` do not open."""
    where = parse(address)
    if where.path is not None:
        engine = open_sqlite(where, begin="BEGIN", pool_size=1, is_reader=True)
    else:
        engine = open_postgresql(where, pool_size=1)
    try:
        with translated(where.place):
            async with engine.connect() as connection:
                tokens: list[str] = []
                for column in _sealed_columns():
                    found = await connection.execute(select(column).where(column.is_not(None)))
                    tokens += [sealed.token for (sealed,) in found.all()]
    finally:
        await engine.dispose()
    return sum(not _opens(keys, token) for token in tokens)


def _sealed_columns() -> Iterator[Column[Sealed]]:
    for table in metadata.sorted_tables:
        yield from (column for column in table.columns if isinstance(column.type, Secret))


def _resealed(token: str, opens: MultiFernet, seals: MultiFernet) -> str:
    try:
        return seals.encrypt(opens.decrypt(token.encode())).decode()
    except InvalidToken:
        raise PermanentError(
            "A stored secret cannot be opened with the keys at hand, so nothing was changed: "
            "bring back the key that it was sealed with."
        ) from None


def _opens(keys: Fernet | MultiFernet, token: str) -> bool:
    try:
        keys.decrypt(token.encode())
    except InvalidToken:
        return False
    return True
