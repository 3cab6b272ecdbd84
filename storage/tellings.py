"""Stored announcements by the members whom they tell of."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, case, func, or_, select, update

from core.announcements import Wanted
from core.cards import Card
from core.tellings import Telling
from storage.changes import change_of
from storage.connection import AnyRow, Connection
from storage.tables import announcements, changes
from storage.types import UtcDateTime

_CHANGED = (
    changes.c.kind,
    changes.c.member_id,
    changes.c.campaign_id,
    changes.c.entry,
    changes.c.before,
    changes.c.after,
)
_COLUMNS = (
    announcements.c.id,
    announcements.c.link_id,
    announcements.c.channel_id,
    announcements.c.message_id,
    announcements.c.digest_id,
    announcements.c.created_at,
    announcements.c.card,
    *_CHANGED,
)
_TELLINGS = (
    select(*_COLUMNS)
    .join_from(announcements, changes, changes.c.id == announcements.c.change_id)
    .order_by(announcements.c.id)
)
_IS_IT = announcements.c.id == bindparam("announcement")
_IS_SHOWN = and_(
    announcements.c.wanted == Wanted.SHOWN.value, announcements.c.message_id.is_not(None)
)
_KEEP = update(announcements).where(_IS_IT).values(card=bindparam("content"))
_REWRITE = _KEEP.values(
    version=announcements.c.version + 1,
    due_at=case(
        # A claimed row keeps its lease: noting the step makes it due again.
        (announcements.c.due_at.is_not(None), announcements.c.due_at),
        (_IS_SHOWN, bindparam("moment", type_=UtcDateTime())),
    ),
    parked_at=case((_IS_SHOWN, None), else_=announcements.c.parked_at),
)


class SqlTellings:
    """Implements `core.tellings.Tellings`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def count(self, member_ids: Sequence[str]) -> Mapping[str, int]:
        """How many announcements a channel shows, or is to show, of each of these members."""
        is_told = or_(
            announcements.c.wanted == Wanted.SHOWN.value, announcements.c.digest_id.is_not(None)
        )
        rows = await self._connection.all(
            select(changes.c.member_id, func.count().label("number"))
            .join_from(announcements, changes, changes.c.id == announcements.c.change_id)
            .where(self._connection.among(changes.c.member_id, member_ids), is_told)
            .group_by(changes.c.member_id)
        )
        return {row.member_id: row.number for row in rows}

    async def of_members(
        self,
        member_ids: Sequence[str],
        *,
        since: datetime | None = None,
        is_locked: bool = False,
    ) -> Sequence[Telling]:
        """Every announcement of these members that is not older than `since`, oldest first."""
        tellings = _TELLINGS.where(self._connection.among(changes.c.member_id, member_ids))
        if is_locked:
            tellings = tellings.with_for_update(of=announcements)
        if since is not None:
            tellings = tellings.where(announcements.c.created_at >= since)
        return [_telling(row) for row in await self._connection.all(tellings)]

    async def of_digests(self, digest_ids: Sequence[int]) -> Sequence[Telling]:
        """Everything that these digests tell, oldest first, themselves included, locked."""
        if not digest_ids:
            return ()
        is_told = self._connection.among(announcements.c.digest_id, digest_ids)
        told = _TELLINGS.where(is_told).with_for_update(of=announcements)
        return [_telling(row) for row in await self._connection.all(told)]

    async def rewrite(self, cards: Mapping[int, Card], *, at: datetime) -> None:
        """Say something else in these announcements; a message that is shown is edited."""
        rows = [{**row, "moment": at} for row in _contents(cards)]
        await self._connection.run_many(_REWRITE, rows)

    async def replace(self, cards: Mapping[int, Card]) -> None:
        """Keep something else of these announcements; their messages stay as they are."""
        await self._connection.run_many(_KEEP, _contents(cards))


def _contents(cards: Mapping[int, Card]) -> list[dict[str, object]]:
    return [{"announcement": number, "content": card.to_json()} for number, card in cards.items()]


def _telling(row: AnyRow) -> Telling:
    return Telling(
        id=row.id,
        link_id=row.link_id,
        channel_id=row.channel_id,
        message_id=row.message_id,
        digest_id=row.digest_id,
        created_at=row.created_at,
        change=change_of(row),
        card=Card.from_json(row.card),
    )
