"""A connection inside a transaction: statements in, whole results out."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Executable,
    Row,
    Table,
    Text,
    any_,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.faults import translated
from storage.text import clean

Insert = sqlite.Insert | postgresql.Insert
"""An insert that knows ON CONFLICT; both databases spell it alike."""

AnyRow = Row[*tuple[Any, ...]]
"""A row of whatever columns the statement selects."""

Rows = Sequence[AnyRow]
Parameters = Mapping[str, object]


class Connection:
    """Runs statements and reads every result to its end; no driver's error comes out."""

    def __init__(self, raw: AsyncConnection, place: str) -> None:
        self._raw = raw
        self._place = place
        self.is_postgresql = raw.dialect.name == "postgresql"

    async def all(self, statement: Executable, parameters: Parameters | None = None) -> Rows:
        """Run a statement and give all its rows."""
        with translated(self._place):
            return (await self._raw.execute(statement, parameters)).all()

    async def first(
        self, statement: Executable, parameters: Parameters | None = None
    ) -> AnyRow | None:
        """Run a statement and give its first row."""
        rows = await self.all(statement, parameters)
        return rows[0] if rows else None

    async def value(self, statement: Executable, parameters: Parameters | None = None) -> Any:
        """Run a statement and give the first column of its first row, None without a row."""
        row = await self.first(statement, parameters)
        return row[0] if row else None

    async def run(self, statement: Executable, parameters: Parameters | None = None) -> int:
        """Run a statement without rows and give how many it touched."""
        with translated(self._place):
            return (await self._raw.execute(statement, parameters)).rowcount

    async def run_many(self, statement: Executable, parameters: Sequence[Parameters]) -> None:
        """Run a statement once for each set of parameters, in one go; nothing for none."""
        if parameters:
            with translated(self._place):
                await self._raw.execute(statement, parameters)

    async def all_spelled(self, text: str, values: Sequence[object]) -> Sequence[Sequence[Any]]:
        """Run a statement in the driver's own words and give its rows as the driver does.

        For what is done thousands of times: SQLAlchemy's own way from values to the driver and
        back costs more than the work.
        """
        with translated(self._place):
            if self.is_postgresql:
                result = await self._raw.exec_driver_sql(text, tuple(values))
                return result.all() if result.returns_rows else []
            rows: Sequence[Sequence[Any]] = await self._driver.execute_fetchall(text, values)
            return rows

    @property
    def _driver(self) -> Any:
        """SQLite's own, for which a statement and its rows are one change of threads."""
        pooled = self._raw.sync_connection
        return None if pooled is None else pooled.connection.driver_connection

    async def all_of_many(self, statement: Executable, parameters: Sequence[Parameters]) -> Rows:
        """Run an insert that returns rows for many sets of parameters."""
        if not parameters:
            return ()
        with translated(self._place):
            return (await self._raw.execute(statement, parameters)).all()

    def insert(self, table: Table) -> Insert:
        """Begin an insert that may say what to do on a conflict."""
        return insert_into(table, is_postgresql=self.is_postgresql)

    def among(
        self, column: ColumnElement[Any], values: Sequence[str] | Sequence[int]
    ) -> ColumnElement[bool]:
        """Say that a column holds one of `values`, however many: they are one parameter."""
        if len(values) == 1:
            return column == values[0]
        plain = [clean(value) if isinstance(value, str) else value for value in values]
        if self.is_postgresql:
            kind = BigInteger() if values and isinstance(values[0], int) else Text()
            return column == any_(literal(plain, ARRAY(kind)))
        listed = func.json_each(literal(json.dumps(plain), Text()))
        return column.in_(select(literal_column("value")).select_from(listed))


def insert_into(table: Table, *, is_postgresql: bool) -> Insert:
    """Begin an insert that may say what to do on a conflict."""
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)
