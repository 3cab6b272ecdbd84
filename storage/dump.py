"""The rows of a database in a spelling of their own, the same for SQLite and PostgreSQL."""

import base64
import binascii
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    inspect,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from core.errors import PermanentError
from storage.address import Address, parse
from storage.engine import open_postgresql, open_sqlite
from storage.faults import translated
from storage.migrate import current, pending
from storage.tables import metadata

Value = str | int | bool | None
"""A moment is ISO 8601 in UTC, bytes are base64."""

_AT_ONCE = 500
_LARGE_AT_ONCE = 20


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    BYTES = "bytes"


_KINDS: tuple[tuple[type[TypeEngine[object]], Kind], ...] = (
    (Boolean, Kind.BOOLEAN),
    (Integer, Kind.INTEGER),
    (DateTime, Kind.MOMENT),
    (LargeBinary, Kind.BYTES),
    (Text, Kind.TEXT),
)  # type: ignore[assignment]  # each is a type of its own values


@dataclass(frozen=True, slots=True)
class Layout:
    """A revision's tables, parents before children; each column with its kind."""

    revision: str
    tables: Mapping[str, Sequence[tuple[str, Kind]]]


class Dump:
    """One moment of a database. `counters` are the last numbers that were given out."""

    def __init__(
        self, connection: AsyncConnection, tables: Sequence[Table], where: Address, revision: str
    ) -> None:
        self._connection = connection
        self._tables = {table.name: table for table in tables}
        self._where = where
        self.layout = Layout(revision, {table.name: columns_of(table) for table in tables})

    async def rows(self, name: str) -> AsyncIterator[list[list[Value]]]:
        """Give a table's rows in the order of its key, some at a time."""
        table = self._tables[name]
        spell = [_SPELLINGS[kind] for _, kind in self.layout.tables[name]]
        has_bytes = any(kind is Kind.BYTES for _, kind in self.layout.tables[name])
        statement = select(table).order_by(*table.primary_key.columns)
        at_once = _LARGE_AT_ONCE if has_bytes else _AT_ONCE
        with translated(self._where.place):
            found = await self._connection.stream(
                statement, execution_options={"yield_per": at_once}
            )
            async for part in found.partitions():
                yield [
                    [None if v is None else say(v) for say, v in zip(spell, row, strict=True)]
                    for row in part
                ]

    async def counters(self) -> dict[str, int]:
        """Give the last number of each table that never gives one out twice."""
        with translated(self._where.place):
            if self._where.path is not None:
                found = await self._connection.execute(
                    text("SELECT name, seq FROM sqlite_sequence")
                )
                return {row.name: row.seq for row in found if row.name in self._tables}
            counters: dict[str, int] = {}
            for name, table in self._tables.items():
                if (column := counted(table)) is None:
                    continue
                last = await self._connection.scalar(
                    text(
                        "SELECT pg_sequence_last_value("
                        "pg_get_serial_sequence(:table, :column)::regclass)"
                    ),
                    {"table": f'"{name}"', "column": column},
                )
                if last is not None:
                    counters[name] = last
            return counters


@asynccontextmanager
async def open_dump(address: str) -> AsyncIterator[Dump]:
    """See one moment of a database, whoever writes meanwhile.

    Raises:
        PermanentError: there is no database, migrations are pending, or it is newer than the bot.
    """
    where = parse(address)
    missing = await pending(address)
    revision = await current(address)
    if revision is None or missing:
        raise PermanentError(
            f"The database {where.place} does not exist yet or lacks migrations: run "
            "`python -m bot migrate` first."
        )
    if where.path is not None:
        engine = open_sqlite(where, begin="BEGIN", pool_size=1, is_reader=True)
    else:
        engine = open_postgresql(where, pool_size=1, statement_seconds=None).execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    try:
        with translated(where.place):
            async with engine.connect() as connection:
                tables = await connection.run_sync(reflected, tuple(metadata.tables))
                yield Dump(connection, tables, where, revision)
    finally:
        await engine.dispose()


def reflected(connection: Connection, names: Sequence[str]) -> list[Table]:
    """Read the tables `names` from the database itself, parents before children."""
    found = MetaData()
    found.reflect(connection, only=list(names))
    return found.sorted_tables


def names_in(connection: Connection) -> list[str]:
    """List the tables that the migrations made."""
    return [name for name in inspect(connection).get_table_names() if name != "alembic_version"]


def columns_of(table: Table) -> list[tuple[str, Kind]]:
    """List a table's columns with their kinds."""
    return [(column.name, _kind(column)) for column in table.columns]


def counted(table: Table) -> str | None:
    """Name the column whose numbers PostgreSQL gives out, None when there is none."""
    column = table.autoincrement_column
    return None if column is None or column.server_default is None else column.name


def _kind(column: Column[object]) -> Kind:
    return next(kind for type_, kind in _KINDS if isinstance(column.type, type_))


def _moment(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value)} is no moment.")
    moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return moment.isoformat()


def _bytes(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value)} is not bytes.")
    return base64.b64encode(value).decode()


def _same(value: object) -> Value:
    if not isinstance(value, str | int):
        raise TypeError(f"{type(value)} has no spelling.")
    return value


_SPELLINGS: Mapping[Kind, Callable[[object], Value]] = {
    Kind.TEXT: _same,
    Kind.INTEGER: _same,
    Kind.BOOLEAN: _same,
    Kind.MOMENT: _moment,
    Kind.BYTES: _bytes,
}


def read_value(kind: Kind, value: object) -> object:
    """Give what a spelled value stands for.

    Raises:
        ValueError: it is no value of this kind.
    """
    if value is None:
        return None
    match kind, value:
        case Kind.BOOLEAN, bool():
            return value
        case Kind.INTEGER, int() if not isinstance(value, bool) and -(2**63) <= value < 2**63:
            return value
        case Kind.TEXT, str():
            return value
        case Kind.MOMENT, str():
            moment = datetime.fromisoformat(value)
            if moment.utcoffset() is None:
                raise ValueError("A moment has no time zone.")
            return moment.astimezone(UTC)
        case Kind.BYTES, str():
            try:
                return base64.b64decode(value, validate=True)
            except binascii.Error:
                raise ValueError("This is no base64.") from None
    raise ValueError(f"A value is no {kind.value}.")
