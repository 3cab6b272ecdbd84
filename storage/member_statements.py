"""Statements about many members at once, in the drivers' own words.

A sync runs these for thousands of members, and each is one statement whatever their number: with
one for each row, SQLite's thread and the loop's would wait for Python's lock all the time.
SQLite takes ids as JSON and rows one after the other, PostgreSQL takes arrays.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from sqlalchemy import make_url

from storage.member_rows import STATE
from storage.tables import members
from storage.text import clean, clean_all
from storage.types import to_sqlite, to_utc

MOST_ROWS = 500
"""Rows in one statement. Source: sqlite.org, "Limits" (32,766 parameters)."""

INSERTED = ("id", *STATE)
"""The columns of the rows that `insert` takes."""

UPDATED = ("row", *STATE)
"""The columns of the rows that `update` takes."""

_POSTGRESQL = make_url("postgresql+asyncpg://").get_dialect()()


class Statement(NamedTuple):
    """What `Connection.all_spelled` takes."""

    text: str
    values: Sequence[object]


_AMONG_JSON = "IN (SELECT value FROM json_each(?))"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(id, 0)) FROM unnest($1::text[]) AS id"
_STAMPS = 'SELECT "row", id, fingerprint, seen_at FROM members WHERE id '
_TIERS = "SELECT member_row, tier_id FROM member_tiers WHERE member_row "
_UNCHANGED = (
    'SELECT json_group_array(given.key), json_group_array("row") FROM json_each(?1) AS given '
    "CROSS JOIN members ON members.id = given.value "
    "WHERE fingerprint = substr(?2, 1 + ?3 * given.key, ?3) AND seen_at <= ?4"
)
_FINGERPRINTS = (
    'SELECT id, "row", fingerprint FROM members WHERE id = ANY ($1::text[]) AND seen_at <= $2'
)
_PRESENT = (
    'SELECT json_group_array("row") FROM (SELECT "row" FROM members '
    """WHERE campaign_id = ? AND status <> 'gone' AND "row" > ? """
    'ORDER BY "row" LIMIT ?)'
)
_INSERT = f"INSERT INTO members ({', '.join(INSERTED)})"
_SETS = ", ".join(f"{name} = given.{name}" for name in STATE)
_UPDATE = f"UPDATE members SET {_SETS} FROM"  # noqa: S608  the bot's own names
_ALL_OF = "SELECT * FROM"
_IS_GIVEN = 'WHERE members."row" = given."row"'
# Somebody who did not ask for stamps may have added the member a moment ago.
_OR_REPLACE = (
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in STATE)} "
    'RETURNING id, "row"'
)
_ADD_TIERS = "INSERT INTO member_tiers (member_row, tier_id) SELECT"
_PAIRS = "json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?) WHERE true"


def lock(member_ids: Iterable[str]) -> Statement:
    """Lock ids of members until the transaction ends, in this order, stored or not (PostgreSQL)."""
    return Statement(_LOCK, [clean_all(member_ids)])


def stamps(member_ids: Iterable[str], *, is_postgresql: bool) -> Statement:
    """Select row, id, fingerprint and `seen_at` of members, locking them."""
    ids = clean_all(member_ids)
    if is_postgresql:
        return Statement(f"{_STAMPS} = ANY ($1::text[]) ORDER BY id FOR UPDATE", [ids])
    return Statement(_STAMPS + _AMONG_JSON, [json.dumps(ids)])


def unchanged(fingerprints: Mapping[str, bytes], size: int, *, asked_at: datetime) -> Statement:
    """Select which of the members (0 for the first) are stored just so, and their rows (SQLite).

    Two JSON arrays in one row. Every fingerprint is `size` bytes long.
    """
    ids = json.dumps(clean_all(fingerprints))
    values = [ids, b"".join(fingerprints.values()), size, to_sqlite(asked_at)]
    return Statement(_UNCHANGED, values)


def fingerprints(member_ids: Iterable[str], *, asked_at: datetime) -> Statement:
    """Select id, row and fingerprint of members not saved after `asked_at` (PostgreSQL)."""
    ids = clean_all(member_ids)
    return Statement(_FINGERPRINTS, [ids, to_utc(asked_at)])


def present(campaign_id: str, row: int, *, limit: int) -> Statement:
    """Select, as one JSON array, the next rows of members who are not gone (SQLite)."""
    return Statement(_PRESENT, [clean(campaign_id), row, limit])


def tiers(rows: Sequence[int], *, is_postgresql: bool) -> Statement:
    """Select the rows of members and the tiers that they are entitled to, by tier."""
    if is_postgresql:
        return Statement(f"{_TIERS} = ANY ($1::int[]) ORDER BY tier_id", [rows])
    return Statement(f"{_TIERS} {_AMONG_JSON} ORDER BY tier_id", [json.dumps(rows)])


def insert(rows: Sequence[Sequence[object]], *, is_postgresql: bool) -> Statement:
    """Add members, or replace what is stored of them; gives their ids and rows."""
    if is_postgresql:
        return Statement(f"{_INSERT} {_ALL_OF} {_arrays(INSERTED)} {_OR_REPLACE}", _turned(rows))
    return Statement(_sqlite_insert(len(rows)), _flat(rows))


def update(rows: Sequence[Sequence[object]], *, is_postgresql: bool) -> Statement:
    """Replace the states of stored members."""
    if is_postgresql:
        return Statement(f"{_UPDATE} {_arrays(UPDATED)} {_IS_GIVEN}", _turned(rows))
    return Statement(_sqlite_update(len(rows)), _flat(rows))


def add_tiers(pairs: Sequence[tuple[int, str]], *, is_postgresql: bool) -> Statement:
    """Entitle members, by row, to tiers."""
    rows, tier_ids = [row for row, _ in pairs], clean_all(tier_id for _, tier_id in pairs)
    if is_postgresql:
        arrays = "* FROM unnest($1::int[], $2::text[])"
        return Statement(f"{_ADD_TIERS} {arrays} ON CONFLICT DO NOTHING", [rows, tier_ids])
    listed = json.dumps(list(zip(rows, tier_ids, strict=True)))
    return Statement(f"{_ADD_TIERS} {_PAIRS} ON CONFLICT DO NOTHING", [listed])


@lru_cache
def _sqlite_insert(count: int) -> str:
    return f"{_INSERT} VALUES {_places(count, of=len(INSERTED))} {_OR_REPLACE}"


@lru_cache
def _sqlite_update(count: int) -> str:
    # The columns of VALUES have names of SQLite's own.
    named = ", ".join(f'column{number} AS "{name}"' for number, name in enumerate(UPDATED, 1))
    rows = f"(VALUES {_places(count, of=len(UPDATED))})"
    return f"{_UPDATE} (SELECT {named} FROM {rows}) AS given {_IS_GIVEN}"  # noqa: S608  likewise


def _places(count: int, *, of: int) -> str:
    return ", ".join([f"({', '.join('?' * of)})"] * count)


@lru_cache
def _arrays(names: tuple[str, ...]) -> str:
    kinds = [str(members.c[name].type.compile(_POSTGRESQL)).split(" COLLATE")[0] for name in names]
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(kinds, 1))
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"unnest({arrays}) AS given ({quoted})"


def _turned(rows: Sequence[Sequence[object]]) -> Sequence[object]:
    return [list(column) for column in zip(*rows, strict=True)]


def _flat(rows: Sequence[Sequence[object]]) -> Sequence[object]:
    return list(chain.from_iterable(rows))
