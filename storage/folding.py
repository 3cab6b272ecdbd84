"""Folding: rows of the outbox that one digest tells."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, exists, or_, select, update

from core.announcements import Queued, Untold, Wanted
from core.cards import Card
from core.changes import Kind
from storage.connection import AnyRow, Connection
from storage.tables import announcements, changes

_QUEUED = (
    announcements.c.id,
    announcements.c.link_id,
    announcements.c.change_id,
    announcements.c.digest_id,
    announcements.c.wanted,
    announcements.c.shown_version,
    announcements.c.message_id,
    announcements.c.send_started_at,
    announcements.c.leased_from,
    announcements.c.created_at,
)
_QUEUE = (
    select(*_QUEUED)
    .where(
        announcements.c.channel_id == bindparam("channel"),
        announcements.c.id >= bindparam("first"),
        announcements.c.due_at.is_not(None),
    )
    .order_by(announcements.c.id)
    .limit(bindparam("most"))
)
_UNTOLD = (
    announcements.c.id,
    announcements.c.card,
    announcements.c.created_at,
    changes.c.kind,
    changes.c.campaign_id,
)


async def queue(
    connection: Connection, channel_id: int, *, first_id: int, limit: int
) -> Sequence[Queued]:
    """Give up to `limit` unfinished rows of a channel, oldest first, from `first_id` on."""
    rows = await connection.all(_QUEUE, {"channel": channel_id, "first": first_id, "most": limit})
    return [_queued(row) for row in rows]


async def untold(
    connection: Connection, ids: Sequence[int], *, claimed_id: int
) -> Sequence[Untold]:
    """Lock the rows that nobody but the caller works on, and give what they would tell."""
    is_free = or_(announcements.c.leased_from.is_(None), announcements.c.id == claimed_id)
    rows = await connection.all(
        select(*_UNTOLD)
        .join(changes, changes.c.id == announcements.c.change_id)
        .where(
            connection.among(announcements.c.id, ids),
            announcements.c.due_at.is_not(None),
            announcements.c.send_started_at.is_(None),
            announcements.c.message_id.is_(None),
            is_free,
        )
        .order_by(announcements.c.id)
        # One that somebody changes at this moment is left to them.
        .with_for_update(of=announcements, skip_locked=True)
    )
    return [_untold(row) for row in rows]


async def fold(connection: Connection, ids: Sequence[int], *, card: Card) -> AnyRow:
    """Let the first row tell all of them, end the others, and give the first."""
    digest_id, *others = ids
    await connection.run(
        update(announcements)
        .where(connection.among(announcements.c.id, others))
        .values(
            wanted=Wanted.GONE.value,
            digest_id=digest_id,
            due_at=None,
            leased_from=None,
            reason=f"Told by the digest {digest_id}.",
        )
    )
    (row,) = await connection.all(
        update(announcements)
        .where(announcements.c.id == digest_id)
        .values(
            card=card.to_json(),
            # Should a message that tells the first one alone turn up after all, it is edited.
            version=announcements.c.version + 1,
            digest_id=digest_id,
            attempts=1,
            reason=None,
        )
        .returning(*announcements.c)
    )
    return row


def tells_younger(since: datetime) -> ColumnElement[bool]:
    """Say that a row is a digest and tells something that is not older than `since`."""
    folded = announcements.alias("folded")
    return exists().where(folded.c.digest_id == announcements.c.id, folded.c.created_at >= since)


def _queued(row: AnyRow) -> Queued:
    return Queued(
        id=row.id,
        link_id=row.link_id,
        change_id=row.change_id,
        digest_id=row.digest_id,
        wanted=Wanted(row.wanted),
        shown_version=row.shown_version,
        message_id=row.message_id,
        send_started_at=row.send_started_at,
        is_claimed=row.leased_from is not None,
        created_at=row.created_at,
    )


def _untold(row: AnyRow) -> Untold:
    return Untold(
        id=row.id,
        kind=Kind(row.kind),
        campaign_id=row.campaign_id,
        card=Card.from_json(row.card),
        created_at=row.created_at,
    )
