"""The inbox of webhook deliveries."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, and_, case, func, or_, select, update

from core.inbox import Delivery, Event
from core.ports import Clock
from core.queues import Backlog
from storage import waiting
from storage.connection import Connection
from storage.tables import events, hooks

_COLUMNS = (
    events.c.id,
    events.c.trigger,
    events.c.body,
    events.c.received_at,
    events.c.attempts,
    events.c.campaign_id,
)


class SqlEvents:
    """Implements `core.queues.Events`."""

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
        of_hook = select(hooks.c.campaign_id).where(hooks.c.id == events.c.hook_id)
        claim = (
            waiting.claim(events, due, until=now + lease)
            .values(campaign_id=func.coalesce(events.c.campaign_id, of_hook.scalar_subquery()))
            .returning(*_COLUMNS)
        )
        rows = sorted(await self._connection.all(claim), key=lambda row: (row.received_at, row.id))
        return [
            Event(
                id=row.id,
                trigger=row.trigger,
                body=row.body,
                received_at=row.received_at,
                attempts=row.attempts,
                campaign_id=row.campaign_id,
            )
            for row in rows
        ]

    async def finish(
        self, event_ids: Sequence[int], *, at: datetime, note: str, campaign_id: str | None = None
    ) -> None:
        """Say that the events are dealt with and how."""
        await self._set(
            event_ids, campaign_id, due_at=None, finished_at=at, parked_at=None, note=note
        )

    async def retry(
        self,
        event_ids: Sequence[int],
        *,
        due_at: datetime,
        reason: str,
        campaign_id: str | None = None,
        is_attempt: bool = True,
    ) -> None:
        """Try the events again at `due_at`; what was no attempt does not count as one."""
        values: dict[str, Any] = {} if is_attempt else {"attempts": events.c.attempts - 1}
        await self._set(
            event_ids, campaign_id, due_at=due_at, parked_at=None, note=reason, **values
        )

    async def park(
        self, event_ids: Sequence[int], *, reason: str, campaign_id: str | None = None
    ) -> None:
        """Set the events aside for a person."""
        await self._set(event_ids, campaign_id, due_at=None, parked_at=self._clock(), note=reason)

    async def _set(self, event_ids: Sequence[int], campaign_id: str | None, **values: Any) -> None:
        if campaign_id is not None:
            values["campaign_id"] = campaign_id
        if event_ids:
            await self._connection.run(self._of(event_ids).values(leased_from=None, **values))

    def _of(self, event_ids: Sequence[int]) -> Update:
        return update(events).where(self._connection.among(events.c.id, event_ids))

    async def mend_times(self, now: datetime, *, latest: datetime) -> int:
        """Make due now what a wrong clock put off beyond `latest`; gives how many."""
        return await waiting.mend_times(self._connection, events, now, latest=latest)

    async def waiting(self, *, limit: int) -> Sequence[Delivery]:
        """Up to `limit` events that are not dealt with, claimed ones too, in no order."""
        columns = (events.c.trigger, events.c.body, events.c.received_at, events.c.hook_id)
        rows = await self._connection.all(
            select(*columns).where(events.c.due_at.is_not(None)).limit(limit)
        )
        return [
            Delivery(
                trigger=row.trigger,
                body=row.body,
                received_at=row.received_at,
                hook_id=row.hook_id,
            )
            for row in rows
        ]

    async def next_due(self) -> datetime | None:
        """When the next event is due (a claimed one: when its lease ends), else None."""
        due = select(func.min(events.c.due_at)).where(events.c.due_at.is_not(None))
        moment: datetime | None = await self._connection.value(due)
        return moment

    async def release_leases(self) -> int:
        """Make every claimed event claimable again (for a process that starts alone)."""
        return await waiting.release_leases(self._connection, events)

    async def backlog(self, campaign_ids: Sequence[str] | None = None) -> Backlog:
        """How much waits, of these campaigns or of all."""
        if campaign_ids is None:
            return await waiting.backlog(
                self._connection, events, arrived=events.c.received_at, reason=events.c.note
            )
        is_theirs = self._connection.among(events.c.campaign_id, campaign_ids)
        is_anybodys = and_(events.c.campaign_id.is_(None), events.c.due_at.is_not(None))
        return await waiting.backlog(
            self._connection,
            events,
            or_(is_theirs, is_anybodys),
            arrived=events.c.received_at,
            reason=case((is_theirs, events.c.note)),
        )
