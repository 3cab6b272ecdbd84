"""The inbox as people see it: lists without bodies, second chances, and what is kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, literal, select, update

from core.letter_box import Letter, LetterPage, LetterQuery, LetterState
from storage.connection import AnyRow, Connection
from storage.tables import events
from storage.types import UtcDateTime

_COLUMNS = (
    events.c.id,
    events.c.trigger,
    events.c.received_at,
    events.c.finished_at,
    events.c.parked_at,
    events.c.attempts,
    events.c.note,
    events.c.campaign_id,
    events.c.discarded_by,
    events.c.body_deleted_at,
)
_WAITS = events.c.due_at.is_not(None)
_HAS_BODY = events.c.body_deleted_at.is_(None)
_IS_PARKED = events.c.parked_at.is_not(None)
_IS_ENDED = events.c.finished_at.is_not(None)
_OF_STATE = {
    LetterState.WAITING: (_WAITS,),
    LetterState.PARKED: (_IS_PARKED,),
    LetterState.DONE: (_IS_ENDED, events.c.discarded_by.is_(None)),
    LetterState.DISCARDED: (_IS_ENDED, events.c.discarded_by.is_not(None)),
}


class SqlLetters:
    """Implements `core.letter_box.LetterBox`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def page(self, query: LetterQuery) -> LetterPage:
        """A page of letters, newest first."""
        where = [] if query.state is None else [*_OF_STATE[query.state]]
        rows = await self._connection.all(
            select(*_COLUMNS)
            .where(*where, *self._within(query.campaign_ids))
            .order_by(events.c.id.desc())
            .offset(query.offset)
            .limit(query.limit + 1)
        )
        return LetterPage(
            letters=tuple(_letter(row) for row in rows[: query.limit]),
            has_more=len(rows) > query.limit,
            query=query,
        )

    async def get(self, event_id: int, campaign_ids: Sequence[str] | None) -> Letter | None:
        """One letter."""
        row = await self._connection.first(
            select(*_COLUMNS).where(events.c.id == event_id, *self._within(campaign_ids))
        )
        return _letter(row) if row else None

    async def body(self, event_id: int) -> bytes | None:
        """An event's body, None when there is no such event or its body was deleted."""
        body: bytes | None = await self._connection.value(
            select(events.c.body).where(events.c.id == event_id, _HAS_BODY)
        )
        return body

    async def replay(self, event_id: int, *, at: datetime, note: str) -> bool:
        """Make an event due at `at`, as if it had never been tried, unless its body is gone."""
        changed = await self._connection.run(
            update(events)
            .where(events.c.id == event_id, _HAS_BODY)
            .values(
                due_at=at,
                leased_from=None,
                attempts=0,
                finished_at=None,
                parked_at=None,
                discarded_by=None,
                note=note,
            )
        )
        return changed == 1

    async def discard(self, event_id: int, *, at: datetime, by: str) -> bool:
        """Discard a parked event; gives False when it is not parked."""
        changed = await self._connection.run(
            update(events)
            .where(events.c.id == event_id, _IS_PARKED)
            .values(finished_at=at, parked_at=None, discarded_by=by)
        )
        return changed == 1

    async def delete_bodies(self, *, ended_by: datetime, at: datetime, limit: int) -> int:
        """Delete the bodies of up to `limit` events that were done or discarded by then."""
        chosen = _some((_IS_ENDED, _HAS_BODY), events.c.finished_at, ended_by, limit)
        return await self._connection.run(
            update(events)
            .where(events.c.id.in_(chosen), _IS_ENDED)
            .values(body=b"", body_deleted_at=at)
        )

    async def bodies(
        self, *, after_id: int, limit: int, ended_after: datetime | None = None
    ) -> Sequence[tuple[int, bytes]]:
        """Ids and bodies of the next `limit` events that are done or discarded, by id."""
        where = [events.c.id > after_id, _IS_ENDED, _HAS_BODY]
        if ended_after is not None:
            where.append(events.c.finished_at > ended_after)
        rows = await self._connection.all(
            select(events.c.id, events.c.body).where(*where).order_by(events.c.id).limit(limit)
        )
        return [(row.id, row.body) for row in rows]

    async def empty(self, event_ids: Sequence[int], *, at: datetime) -> int:
        """Delete the bodies of those of these events that are done or discarded."""
        if not event_ids:
            return 0
        chosen = self._connection.among(events.c.id, event_ids)
        return await self._connection.run(
            update(events).where(chosen, _IS_ENDED, _HAS_BODY).values(body=b"", body_deleted_at=at)
        )

    async def discard_parked(
        self, *, parked_by: datetime, at: datetime, by: str, limit: int
    ) -> int:
        """Discard up to `limit` events that were parked by then, with their bodies."""
        chosen = _some((_IS_PARKED,), events.c.parked_at, parked_by, limit)
        return await self._connection.run(
            update(events)
            .where(events.c.id.in_(chosen), _IS_PARKED)
            .values(finished_at=at, parked_at=None, discarded_by=by, body=b"", body_deleted_at=at)
        )

    async def forget(self, *, emptied_by: datetime, limit: int) -> int:
        """Forget up to `limit` events whose bodies were deleted by then."""
        emptied = (events.c.body_deleted_at.is_not(None),)
        chosen = _some(emptied, events.c.body_deleted_at, emptied_by, limit)
        return await self._connection.run(delete(events).where(events.c.id.in_(chosen), *emptied))

    def _within(self, campaign_ids: Sequence[str] | None) -> list[ColumnElement[bool]]:
        if campaign_ids is None:
            return []
        return [self._connection.among(events.c.campaign_id, list(campaign_ids))]


def _some(
    where: Sequence[ColumnElement[bool]],
    moment: ColumnElement[datetime],
    latest: datetime,
    limit: int,
) -> Select[tuple[int]]:
    """Pick the ids of the first events whose `moment` is not after `latest`."""
    is_due = moment <= literal(latest, UtcDateTime())
    return select(events.c.id).where(*where, is_due).order_by(moment).limit(limit)


def _letter(row: AnyRow) -> Letter:
    letter = Letter(
        id=row.id,
        trigger=row.trigger,
        state=LetterState.WAITING,
        received_at=row.received_at,
        attempts=row.attempts,
        reason=row.note,
        campaign_id=row.campaign_id,
        has_body=row.body_deleted_at is None,
    )
    if row.parked_at is not None:
        return replace(letter, state=LetterState.PARKED, since=row.parked_at)
    if row.finished_at is None:
        return letter
    if row.discarded_by is None:
        return replace(letter, state=LetterState.DONE, since=row.finished_at)
    return replace(
        letter,
        state=LetterState.DISCARDED,
        since=row.finished_at,
        discarded_by=row.discarded_by,
    )
