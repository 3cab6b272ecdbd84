"""What happened to members, kept for good."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select

from core.changes import Change, Entry, Kind
from storage import tables
from storage.connection import AnyRow, Connection

_ADD = insert(tables.changes).returning(tables.changes.c.id, sort_by_parameter_order=True)


class SqlChanges:
    """Implements `core.store.Changes`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, changes: Sequence[Change], *, at: datetime) -> Sequence[int]:
        """Append changes; gives their ids in the same order."""
        rows = await self._connection.all_of_many(
            _ADD,
            [
                {
                    "member_id": change.member_id,
                    "campaign_id": change.campaign_id,
                    "kind": change.kind.value,
                    "entry": change.entry.value if change.entry else None,
                    "before": json.dumps(change.before),
                    "after": json.dumps(change.after),
                    "at": at,
                }
                for change in changes
            ],
        )
        return [row.id for row in rows]

    async def count_of_member(self, member_id: str) -> int:
        """How many changes of a member are known."""
        counted = select(func.count()).where(tables.changes.c.member_id == member_id)
        number: int = await self._connection.value(counted)
        return number

    async def of_member(self, member_id: str, *, limit: int) -> Sequence[tuple[Change, datetime]]:
        """A member's changes, latest first."""
        rows = await self._connection.all(
            select(tables.changes)
            .where(tables.changes.c.member_id == member_id)
            .order_by(tables.changes.c.id.desc())
            .limit(limit)
        )
        return [(change_of(row), row.at) for row in rows]


def change_of(row: AnyRow) -> Change:
    """Read a change from its row."""
    return Change(
        kind=Kind(row.kind),
        member_id=row.member_id,
        campaign_id=row.campaign_id,
        entry=Entry(row.entry) if row.entry else None,
        before=tuple(json.loads(row.before)),
        after=tuple(json.loads(row.after)),
    )
