"""Rows of a million pictures, made inside the database, and how it looks for a few of them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, text

from storage.connection import Connection

_SERIES = {
    "sqlite": (
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) ",
        "FROM n",
        "strftime('%Y-%m-%d %H:%M:%f000', '2026-01-01', '+' || {i} || ' seconds')",
    ),
    "postgresql": (
        "",
        "FROM generate_series(0, {last}) AS n(i)",
        "timestamptz '2026-01-01 00:00Z' + {i} * interval '1 second'",
    ),
}
_IMAGES = """
INSERT INTO images
    (key, public_key, url, expires_at, due_at, digest, size_bytes, used_at, fetched_at)
{series}
SELECT 'k' || i, 'p' || i,
    CASE WHEN i % 10 = 0 THEN 'https://example.com/' || i END,
    {moment},
    CASE WHEN i % 10 = 0 THEN {moment} END,
    CASE WHEN i % 10 <> 0 THEN 'd' || i END,
    CASE WHEN i % 10 <> 0 THEN 1000 END,
    CASE WHEN i % 10 <> 0 THEN {moment} END,
    CASE WHEN i % 10 <> 0 THEN {moment} END
{source}
"""
_PLACES = """
INSERT INTO image_places (kind, owner_id, slot, key, campaign_id)
{series}
SELECT CASE WHEN i % 3 = 0 THEN 'post' WHEN i % 5000 = 1 THEN 'tier' ELSE 'user' END,
    'o' || i, '', 'k' || i, 'c' || (i % 7)
{source}
"""


async def fill(connection: Connection, count: int) -> None:
    """Add pictures: every tenth waits to be fetched, one a second from 2026 on."""
    is_postgresql = connection.is_postgresql
    series, source, moment = _SERIES["postgresql" if is_postgresql else "sqlite"]
    words = {
        "series": series.format(last=count - 1),
        "source": source.format(last=count - 1),
        "moment": moment.format(i="i"),
    }
    for statement in (_IMAGES, _PLACES):
        # A colon would begin a parameter.
        await connection.run(text(statement.format(**words).replace(":", r"\:")))
    if is_postgresql:
        await connection.run(text("ANALYZE images"))
        await connection.run(text("ANALYZE image_places"))


class Explaining(Connection):
    """Asks the database for the plan of every query, and keeps it."""

    plans: list[list[str]]

    async def all(self, statement, parameters=None):  # type: ignore[no-untyped-def]  # as above
        """Keep the plan and run the statement."""
        if isinstance(statement, Select):
            self.plans.append(await self._plan(statement))
        return await super().all(statement, parameters)

    async def _plan(self, statement: Select[tuple[object, ...]]) -> list[str]:
        compiled = statement.compile(
            dialect=self._raw.dialect, compile_kwargs={"render_postcompile": True}
        )
        given = compiled.construct_params()
        processors: Any = compiled._bind_processors
        values = [
            processors[name](given[name]) if name in processors else given[name]
            for name in compiled.positiontup or ()
        ]
        word = "EXPLAIN " if self.is_postgresql else "EXPLAIN QUERY PLAN "
        result = await self._raw.exec_driver_sql(word + str(compiled), tuple(values))
        return [str(row[-1]) for row in result.all()]


def scans(plan: Sequence[str]) -> list[str]:
    """Give the steps of a plan that read a whole table or sort what they found."""
    whole = ("SCAN ", "Seq Scan", "Sort", "USE TEMP B-TREE")
    # The values that a statement is given are a table to SQLite.
    steps = [step for step in plan if "SCAN json_each" not in step]
    return [step for step in steps if any(word in step for word in whole)]
