"""Everything that a database holds, as text to search in."""

import sqlite3

import asyncpg

from storage.tables import metadata


async def whole_database(address: str) -> dict[str, str]:
    """Every row of every table, by table: texts as they are, bytes as the text that they spell."""
    names = [table.name for table in metadata.sorted_tables]
    if address.startswith("sqlite"):
        connection = sqlite3.connect(address.removeprefix("sqlite:///"))
        try:
            return {n: _text(connection.execute(f'SELECT * FROM "{n}"')) for n in names}
        finally:
            connection.close()
    connection = await asyncpg.connect(address)
    try:
        return {n: _text(await connection.fetch(f'SELECT * FROM "{n}"')) for n in names}
    finally:
        await connection.close()


async def where(address: str, *needles: str) -> dict[str, list[str]]:
    """Tell which tables hold which of the needles, whatever their case."""
    tables = await whole_database(address)
    found = {
        name: [needle for needle in needles if needle.casefold() in text.casefold()]
        for name, text in tables.items()
    }
    return {name: needles for name, needles in found.items() if needles}


def _text(rows) -> str:
    return "\n".join(_spelled(value) for row in rows for value in tuple(row))


def _spelled(value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
