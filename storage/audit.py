"""The audit: who did what."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select

from core.audit import LONGEST_DETAIL, AuditEntry, AuditPage, AuditQuery
from storage.connection import AnyRow, Connection
from storage.tables import audit


class SqlAudit:
    """Implements `core.audit.Audit`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, entry: AuditEntry) -> None:
        """Write an entry; a detail that is too long is cut."""
        await self._connection.run(
            self._connection.insert(audit).values(
                at=entry.at,
                guild_id=entry.guild_id,
                user_id=entry.user_id,
                action=entry.action,
                detail=_cut(entry.detail),
            )
        )

    async def page(self, query: AuditQuery) -> AuditPage:
        """A page of entries, newest first."""
        where = _where(query)
        is_upwards = query.after_id is not None
        if query.before_id is not None:
            where.append(audit.c.id < query.before_id)
        if query.after_id is not None:
            where.append(audit.c.id > query.after_id)
        rows = await self._connection.all(
            select(audit)
            .where(*where)
            .order_by(audit.c.id.asc() if is_upwards else audit.c.id.desc())
            .limit(query.limit + 1)
        )
        entries = [_entry(row) for row in rows[: query.limit]]
        has_more = len(rows) > query.limit
        if is_upwards:
            return AuditPage(entries=tuple(reversed(entries)), has_newer=has_more, has_older=True)
        return AuditPage(
            entries=tuple(entries), has_newer=query.before_id is not None, has_older=has_more
        )

    async def actions(self, guild_id: int | None) -> Sequence[str]:
        """The actions that a guild's entries (None: all) tell of, by name."""
        rows = await self._connection.all(
            select(audit.c.action).where(*_where(AuditQuery(guild_id=guild_id))).distinct()
        )
        return sorted(row.action for row in rows)

    async def forget(self, *, made_by: datetime, limit: int) -> int:
        """Forget up to `limit` entries that were made by then; gives how many."""
        chosen = select(audit.c.id).where(audit.c.at <= made_by).order_by(audit.c.id).limit(limit)
        return await self._connection.run(delete(audit).where(audit.c.id.in_(chosen)))


def _where(query: AuditQuery) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if query.guild_id is not None:
        where.append(audit.c.guild_id == query.guild_id)
    if query.user_id is not None:
        where.append(audit.c.user_id == query.user_id)
    if query.action is not None:
        is_in_area = audit.c.action.startswith(query.action + ".", autoescape=True)
        where.append(or_(audit.c.action == query.action, is_in_area))
    return where


def _cut(detail: str) -> str:
    return detail if len(detail) <= LONGEST_DETAIL else detail[: LONGEST_DETAIL - 1] + "…"


def _entry(row: AnyRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        guild_id=row.guild_id,
        user_id=row.user_id,
        action=row.action,
        detail=row.detail,
    )
