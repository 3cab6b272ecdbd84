"""Filling tables with the rows of a dump, and proving that they are whole."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Table, delete, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import UserError
from storage import migrate
from storage.address import Address
from storage.dump import Kind, Layout, columns_of, counted, names_in, read_value, reflected
from storage.faults import translated


class Unfit(UserError):  # noqa: N818  the name says what was found
    """The rows do not fit the tables that they are meant for."""


class Refill:
    """Tables at the dump's revision, empty at first, in the transaction of their connection."""

    def __init__(
        self,
        connection: AsyncConnection,
        where: Address,
        tables: Mapping[str, Table],
        layout: Layout,
    ) -> None:
        self._connection = connection
        self._where = where
        self._tables = tables
        self._kinds = layout.tables

    async def add(self, name: str, rows: Sequence[Sequence[object]]) -> None:
        """Put rows into a table; parents have to come before their children.

        Raises:
            Unfit: a row is not of the table's shape, or the database refuses it.
        """
        if name not in self._tables:
            raise Unfit(f"The backup names the table {name}, which does not exist.")
        values = [self._read(name, row) for row in rows]
        if not values:
            return
        try:
            await self._connection.execute(insert(self._tables[name]), values)
        except (SQLAlchemyError, OverflowError):
            # The cause is not chained: it would quote the row.
            raise Unfit(f"The backup's rows of {name} contradict each other.") from None

    def _read(self, name: str, row: Sequence[object]) -> dict[str, object]:
        columns = self._kinds[name]
        if len(row) != len(columns):
            raise Unfit(f"A row of {name} in the backup has too many values, or too few.")
        try:
            return {
                column: self._bound(kind, value)
                for (column, kind), value in zip(columns, row, strict=True)
            }
        except ValueError:
            raise Unfit(f"A row of {name} in the backup holds a value of another kind.") from None

    def _bound(self, kind: Kind, value: object) -> object:
        found = read_value(kind, value)
        if kind is Kind.MOMENT and found is not None and self._where.path is not None:
            return found.replace(tzinfo=None)  # type: ignore[attr-defined]  # a moment
        return found

    async def finish(self, rows: Mapping[str, int], counters: Mapping[str, int]) -> None:
        """Compare the number of rows, let the counters go on, and prove every reference.

        Raises:
            Unfit: something is missing, too much, or names what does not exist.
        """
        with translated(self._where.place):
            for name, table in self._tables.items():
                count = await self._connection.scalar(select(func.count()).select_from(table))
                if count != rows.get(name, 0):
                    raise Unfit(
                        f"The backup should hold {rows.get(name, 0)} rows of {name} and holds "
                        f"{count}."
                    )
                await self._go_on(table, counters.get(name, 0))
            await self.check_references()

    async def _go_on(self, table: Table, counter: int) -> None:
        if self._where.path is not None:
            await self._go_on_in_sqlite(table, counter)
            return
        if (column := counted(table)) is None:
            return
        last = await self._connection.scalar(select(func.max(table.c[column])))
        if (last := max(last or 0, counter)) > 0:
            sequence = text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)")
            values = {"table": f'"{table.name}"', "column": column, "last": last}
            await self._connection.execute(sequence, values)

    async def _go_on_in_sqlite(self, table: Table, counter: int) -> None:
        declared = await self._connection.scalar(
            text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table.name}
        )
        if counter <= 0 or "AUTOINCREMENT" not in str(declared):
            return
        known = await self._connection.execute(
            text("UPDATE sqlite_sequence SET seq = max(seq, :last) WHERE name = :name"),
            values := {"name": table.name, "last": counter},
        )
        if not known.rowcount:
            statement = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
            await self._connection.execute(statement, values)

    async def check_references(self) -> None:
        """Prove that no row names one that does not exist.

        Raises:
            Unfit: one does.
        """
        if self._where.path is None:
            # PostgreSQL has checked each row.
            return
        broken = (await self._connection.execute(text("PRAGMA foreign_key_check"))).first()
        if broken is not None:
            raise Unfit(f"Rows of {broken[0]} in the backup name rows that do not exist.")
        found = await self._connection.scalar(text("PRAGMA integrity_check"))
        if found != "ok":
            raise Unfit("The database built from the backup is damaged: check this disk.")


async def start(connection: AsyncConnection, where: Address, layout: Layout) -> Refill:
    """Build the tables of the dump's revision, and compare them with what the dump says of them.

    Raises:
        UserError: the dump is newer than this version of the bot, or has other tables.
    """
    known = migrate.revisions()
    if layout.revision not in known:
        raise UserError(
            f"The backup has revision {layout.revision}, which this version of the bot does not "
            f"know (it knows up to {known[-1]}): install the newer version first."
        )
    with translated(where.place):
        await connection.run_sync(migrate.run, layout.revision)
        names = await connection.run_sync(names_in)
        tables = {table.name: table for table in await connection.run_sync(reflected, names)}
        for table in reversed(tables.values()):
            await connection.execute(delete(table))
    # Databases that were migrated on different ways have their columns in another order.
    found = {name: sorted(columns_of(table)) for name, table in tables.items()}
    if found != {name: sorted(columns) for name, columns in layout.tables.items()}:
        raise Unfit("The backup's tables are not those of the revision that it names.")
    return Refill(connection, where, tables, layout)
