"""The connections to a SQLite file: one hop to their thread for a statement, and nothing lost."""

import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from core.errors import TemporaryError
from storage.address import parse
from storage.engine import open_sqlite
from storage.faults import translated

MANY = 1_000


@pytest.fixture
async def engine(tmp_path):
    engine = open_sqlite(parse(f"sqlite:///{tmp_path}/own.db"), begin="BEGIN", pool_size=1)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"))
    yield engine
    await engine.dispose()


@pytest.fixture
async def filled(engine):
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO numbers VALUES (:n)"), [{"n": n} for n in range(MANY)]
        )
    return engine


@pytest.mark.parametrize("count", [0, 1, 127, 128, 129, MANY])
async def test_every_row_comes_however_many_there_are(filled, count):
    async with filled.begin() as connection:
        found = await connection.execute(
            text("SELECT n FROM numbers ORDER BY n LIMIT :count"), {"count": count}
        )

        assert found.scalars().all() == list(range(count))


@pytest.mark.parametrize("size", [1, 20, 128, 500])
async def test_rows_come_in_parts_to_who_reads_them_so(filled, size):
    parts = []
    async with filled.begin() as connection:
        found = await connection.stream(
            text("SELECT n FROM numbers ORDER BY n"), execution_options={"yield_per": size}
        )
        async for part in found.partitions(size):
            parts.append([row.n for row in part])

    assert [n for part in parts for n in part] == list(range(MANY))
    assert {len(part) for part in parts[:-1]} == {size}


async def test_who_stops_reading_leaves_a_connection_that_works(filled):
    async with filled.connect() as connection:
        found = await connection.stream(text("SELECT n FROM numbers"))
        await found.fetchone()
        await found.close()

        await connection.execute(text("DELETE FROM numbers"))
        await connection.commit()

    async with filled.begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM numbers"))).scalar() == 0


async def test_a_statement_tells_how_many_rows_it_touched(filled):
    async with filled.begin() as connection:
        touched = await connection.execute(text("DELETE FROM numbers WHERE n < 300"))
        returned = await connection.execute(text("DELETE FROM numbers RETURNING n"))

        assert touched.rowcount == 300
        assert len(returned.all()) == MANY - 300


async def test_what_was_not_committed_is_taken_back_when_the_connection_comes_back(engine):
    async with engine.connect() as connection:
        await connection.execute(text("INSERT INTO numbers VALUES (1)"))

    async with engine.begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM numbers"))).scalar() == 0


async def test_a_transaction_begins_with_its_first_statement(tmp_path):
    engine = open_sqlite(
        parse(f"sqlite:///{tmp_path}/own.db"), begin="BEGIN IMMEDIATE", pool_size=1
    )
    other = sqlite3.connect(tmp_path / "own.db", isolation_level=None, timeout=0)
    other.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
    async with engine.begin() as connection:
        other.execute("INSERT INTO numbers VALUES (1)")
        counted = await connection.execute(text("SELECT count(*) FROM numbers"))

        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("INSERT INTO numbers VALUES (2)")

    assert counted.scalar() == 1
    other.execute("INSERT INTO numbers VALUES (2)")
    other.close()
    await engine.dispose()


@pytest.mark.parametrize("end", ["commit", "rollback"])
async def test_a_transaction_in_which_nothing_was_done_leaves_nothing_begun(engine, end):
    async with engine.connect() as connection:
        await connection.begin()
        await getattr(connection, end)()
        driver = (await connection.get_raw_connection()).driver_connection
        await driver.execute("SELECT 1")

        assert not driver.in_transaction


async def test_what_is_done_after_a_failure_is_no_part_of_the_transaction(engine):
    async with engine.connect() as connection:
        with pytest.raises(OperationalError):
            await connection.execute(text("SELECT * FROM nowhere"))
        await connection.rollback()
        await connection.execute(text("INSERT INTO numbers VALUES (1)"))
        await connection.commit()

    async with engine.begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM numbers"))).scalar() == 1


async def test_a_file_that_another_process_writes_is_told_as_such(engine, tmp_path):
    other = sqlite3.connect(tmp_path / "own.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with engine.connect() as connection:
        await connection.execute(text("PRAGMA busy_timeout = 0"))

        with pytest.raises(TemporaryError, match="locked by another process"), translated("it"):
            await connection.execute(text("INSERT INTO numbers VALUES (1)"))

    other.close()
