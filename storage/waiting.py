"""Rows that wait to be worked on: claims with a lease, shared by the inbox and the outbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, Update, bindparam, func, select, update

from core.queues import Backlog
from storage.connection import Connection


def claim(table: Table, due: Select[Any]) -> Update:
    """Build the statement that leases the rows whose ids `due` selects; it asks for `until`.

    Rows that somebody else is claiming at this moment are passed over.
    """
    # A CTE runs once; a plain subquery may be run again and lock more rows than its limit.
    chosen = due.with_for_update(skip_locked=True).cte("chosen")
    return (
        update(table)
        .where(table.c.id.in_(select(chosen.c.id)))
        .values(
            leased_from=func.coalesce(table.c.leased_from, table.c.due_at),
            due_at=bindparam("until"),
            attempts=table.c.attempts + 1,
        )
    )


async def release_leases(connection: Connection, table: Table) -> int:
    """Make every claimed row due again at the time it was due before."""
    leased = (table.c.due_at.is_not(None), table.c.leased_from.is_not(None))
    return await connection.run(
        update(table).where(*leased).values(due_at=table.c.leased_from, leased_from=None)
    )


async def mend_times(
    connection: Connection, table: Table, now: datetime, *, latest: datetime
) -> int:
    """Make due now what waits for a time beyond `latest`, which only a wrong clock can have set."""
    return await connection.run(
        update(table).where(table.c.due_at > latest).values(due_at=now, leased_from=None)
    )


async def backlog(
    connection: Connection,
    table: Table,
    *where: ColumnElement[bool],
    arrived: ColumnElement[Any],
    reason: ColumnElement[Any],
) -> Backlog:
    """Count what waits and what is parked among the rows that `where` picks."""
    waiting = await connection.first(
        select(func.count(), func.min(arrived)).where(table.c.due_at.is_not(None), *where)
    )
    is_parked = table.c.parked_at.is_not(None)
    parked = await connection.value(select(func.count()).where(is_parked, *where))
    latest = select(reason).where(is_parked, *where)
    put_off = select(reason).where(table.c.due_at.is_not(None), reason.is_not(None), *where)
    return Backlog(
        waiting=waiting[0] if waiting else 0,
        oldest=waiting[1] if waiting else None,
        parked=parked,
        reason=await connection.value(
            latest.order_by(table.c.parked_at.desc(), table.c.id.desc()).limit(1)
        ),
        failure=await connection.value(
            put_off.order_by(table.c.due_at.desc(), table.c.id.desc()).limit(1)
        ),
    )
