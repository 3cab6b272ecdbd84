"""The inbox of webhook deliveries."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Executable, and_, bindparam, case, func, or_, select, update

from core.inbox import Delivery, Event
from core.ports import Clock
from core.queues import Backlog
from storage import lists, waiting
from storage.connection import Connection
from storage.tables import events, hooks
from storage.types import Key

_COLUMNS = (
    events.c.id,
    events.c.trigger,
    events.c.body,
    events.c.received_at,
    events.c.attempts,
    events.c.campaign_id,
)
# Kept statements: SQLAlchemy takes longer to build one than the database to carry it out.
_IS_WAITING = events.c.due_at.is_not(None)
_DUE = (
    select(events.c.id)
    .where(_IS_WAITING, events.c.due_at <= bindparam("now"))
    .order_by(events.c.due_at, events.c.id)
    .limit(bindparam("most"))
)
_OF_HOOK = select(hooks.c.campaign_id).where(hooks.c.id == events.c.hook_id).scalar_subquery()
_CLAIM = (
    waiting.claim(events, _DUE)
    .values(campaign_id=func.coalesce(events.c.campaign_id, _OF_HOOK))
    .returning(*_COLUMNS)
)
_NEXT_DUE = select(func.min(events.c.due_at)).where(_IS_WAITING)


@cache
def _finish(*, is_postgresql: bool) -> Executable:
    return (
        update(events)
        .where(lists.numbers(events.c.id, "numbers", is_postgresql=is_postgresql))
        .values(
            due_at=None,
            leased_from=None,
            finished_at=bindparam("at"),
            parked_at=None,
            note=bindparam("reason"),
            campaign_id=func.coalesce(bindparam("campaign", type_=Key()), events.c.campaign_id),
        )
    )


class SqlEvents:
    """Implements `core.queues.Events`."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    async def claim_due(self, now: datetime, *, lease: timedelta, limit: int) -> Sequence[Event]:
        """Take up to `limit` events that are due, oldest first; each counts as one attempt."""
        rows = await self._connection.all(_CLAIM, {"now": now, "until": now + lease, "most": limit})
        return [
            Event(
                id=row.id,
                trigger=row.trigger,
                body=row.body,
                received_at=row.received_at,
                attempts=row.attempts,
                campaign_id=row.campaign_id,
            )
            for row in sorted(rows, key=lambda row: (row.received_at, row.id))
        ]

    async def finish(
        self, event_ids: Sequence[int], *, at: datetime, note: str, campaign_id: str | None = None
    ) -> None:
        """Say that the events are dealt with and how."""
        if event_ids:
            is_postgresql = self._connection.is_postgresql
            numbers = lists.spelled(event_ids, is_postgresql=is_postgresql)
            await self._connection.run(
                _finish(is_postgresql=is_postgresql),
                {"numbers": numbers, "at": at, "reason": note, "campaign": campaign_id},
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
            among = self._connection.among(events.c.id, event_ids)
            await self._connection.run(
                update(events).where(among).values(leased_from=None, **values)
            )

    async def mend_times(self, now: datetime, *, latest: datetime) -> int:
        """Make due now what a wrong clock put off beyond `latest`; gives how many."""
        return await waiting.mend_times(self._connection, events, now, latest=latest)

    async def waiting(self, *, limit: int) -> Sequence[Delivery]:
        """Up to `limit` events that are not dealt with, claimed ones too, in no order."""
        columns = (events.c.trigger, events.c.body, events.c.received_at, events.c.hook_id)
        rows = await self._connection.all(select(*columns).where(_IS_WAITING).limit(limit))
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
        moment: datetime | None = await self._connection.value(_NEXT_DUE)
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
        is_anybodys = and_(events.c.campaign_id.is_(None), _IS_WAITING)
        return await waiting.backlog(
            self._connection,
            events,
            or_(is_theirs, is_anybodys),
            arrived=events.c.received_at,
            reason=case((is_theirs, events.c.note)),
        )
