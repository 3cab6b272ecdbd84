"""The inbox of webhook deliveries."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, func, select, update

from core.inbox import Event
from core.ports import Clock
from core.store import Backlog
from storage import waiting
from storage.connection import Connection
from storage.tables import events, hooks

_COLUMNS = (
    events.c.id,
    events.c.hook_id,
    events.c.trigger,
    events.c.body,
    events.c.received_at,
    events.c.attempts,
)


class SqlEvents:
    """Implements `core.store.Events`."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    async def claim_due(self, now: datetime, *, lease: timedelta, limit: int) -> Sequence[Event]:
        """Take up to `limit` events that are due, oldest first; each counts as one attempt."""
        due = (
            select(events.c.id)
            .where(events.c.due_at.is_not(None), events.c.due_at <= now)
            .order_by(events.c.due_at, events.c.id)
            .limit(limit)
        )
        claim = waiting.claim(events, due, until=now + lease).returning(*_COLUMNS)
        rows = sorted(await self._connection.all(claim), key=lambda row: (row.received_at, row.id))
        campaigns = await self._campaigns(sorted({row.hook_id for row in rows if row.hook_id}))
        return [
            Event(
                id=row.id,
                trigger=row.trigger,
                body=row.body,
                received_at=row.received_at,
                attempts=row.attempts,
                campaign_id=campaigns.get(row.hook_id),
            )
            for row in rows
        ]

    async def _campaigns(self, hook_ids: Sequence[int]) -> dict[int | None, str]:
        if not hook_ids:
            return {}
        among = self._connection.among(hooks.c.id, hook_ids)
        rows = await self._connection.all(select(hooks.c.id, hooks.c.campaign_id).where(among))
        return {row.id: row.campaign_id for row in rows}

    async def finish(self, event_ids: Sequence[int], *, at: datetime, note: str) -> None:
        """Say that the events are dealt with and how."""
        await self._set(event_ids, due_at=None, finished_at=at, parked_at=None, note=note)

    async def retry(self, event_ids: Sequence[int], *, due_at: datetime, reason: str) -> None:
        """Try the events again at `due_at`."""
        await self._set(event_ids, due_at=due_at, parked_at=None, note=reason)

    async def park(self, event_ids: Sequence[int], *, reason: str) -> None:
        """Set the events aside for a person."""
        await self._set(event_ids, due_at=None, parked_at=self._clock(), note=reason)

    async def _set(self, event_ids: Sequence[int], **values: Any) -> None:
        if event_ids:
            await self._connection.run(self._of(event_ids).values(leased_from=None, **values))

    def _of(self, event_ids: Sequence[int]) -> Update:
        return update(events).where(self._connection.among(events.c.id, event_ids))

    async def next_due(self) -> datetime | None:
        """When the next event is due (a claimed one: when its lease ends), else None."""
        due = select(func.min(events.c.due_at)).where(events.c.due_at.is_not(None))
        moment: datetime | None = await self._connection.value(due)
        return moment

    async def release_leases(self) -> int:
        """Make every claimed event claimable again (for a process that starts alone)."""
        return await waiting.release_leases(self._connection, events)

    async def backlog(self) -> Backlog:
        """How much waits."""
        return await waiting.backlog(
            self._connection, events, arrived=events.c.received_at, reason=events.c.note
        )
