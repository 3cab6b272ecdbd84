"""The outbox: desired states of messages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select, update

from core.announcements import Announcement, Queued, Standing, Untold, Wanted
from core.cards import Card
from core.ports import Clock
from core.queues import Backlog
from core.sheets import Showable, showable_from_json
from storage import folding, waiting
from storage.connection import AnyRow, Connection
from storage.outbox_statements import CLAIM, NEXT_DUE, NOTE_SHOWN, START, START_ALONE, add
from storage.tables import announcements, links
from storage.types import UtcDateTime


class SqlAnnouncements:
    """Implements `core.queues.Announcements`."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    async def add(
        self, card: Card, *, channel_id: int, link_id: int, change_id: int | None, at: datetime
    ) -> bool:
        """Ask for a card in a channel, due now; False when the change is already announced."""
        values = {
            "link_id": link_id,
            "change_id": change_id,
            "channel_id": channel_id,
            "wanted": Wanted.SHOWN.value,
            "due_at": at,
            "created_at": at,
            "card": card.to_json(),
        }
        statement = add(is_postgresql=self._connection.is_postgresql)
        return bool(await self._connection.all(statement, values))

    async def post(self, content: Showable, *, channel_id: int, link_id: int, at: datetime) -> int:
        """Ask for what tells of no change, due now; gives the announcement's id."""
        statement = self._connection.insert(announcements).values(
            link_id=link_id,
            channel_id=channel_id,
            wanted=Wanted.SHOWN.value,
            due_at=at,
            created_at=at,
            card=content.to_json(),
        )
        number: int = await self._connection.value(statement.returning(announcements.c.id))
        return number

    async def reword(self, announcement_id: int, content: Showable, *, at: datetime) -> None:
        """Want another content, due now, unless somebody deleted the message."""
        is_shown = announcements.c.wanted == Wanted.SHOWN.value
        await self._want(announcement_id, is_shown, at=at, card=content.to_json())

    async def change(
        self, announcement_id: int, *, card: Showable | None, wanted: Wanted, at: datetime
    ) -> None:
        """Want something else of an announcement, due now, unless it is being worked on."""
        values: dict[str, Any] = {} if card is None else {"card": card.to_json()}
        await self._want(announcement_id, at=at, wanted=wanted.value, **values)

    async def _want(
        self, announcement_id: int, *where: ColumnElement[bool], at: datetime, **values: Any
    ) -> None:
        # One statement: what it decides by is what it changes.
        await self._connection.run(
            update(announcements)
            .where(announcements.c.id == announcement_id, *where)
            .values(
                version=announcements.c.version + 1,
                # A claimed row keeps its lease: noting the step makes it due again.
                due_at=func.coalesce(announcements.c.due_at, literal(at, UtcDateTime())),
                parked_at=None,
                **values,
            )
        )

    async def standing(self, announcement_id: int) -> Standing | None:
        """How far an announcement has come."""
        rows = await self._connection.all(
            select(announcements).where(announcements.c.id == announcement_id)
        )
        return _standing(rows[0]) if rows else None

    async def claim_due(
        self, now: datetime, *, lease: timedelta, limit: int
    ) -> Sequence[Announcement]:
        """Take up to `limit` announcements that are due, at most the oldest of each channel."""
        rows = await self._connection.all(CLAIM, {"now": now, "until": now + lease, "most": limit})
        return [_announcement(row) for row in sorted(rows, key=lambda row: row.id)]

    async def queue(self, channel_id: int, *, first_id: int, limit: int) -> Sequence[Queued]:
        """Up to `limit` unfinished announcements of a channel, oldest first, from `first_id` on."""
        return await folding.queue(self._connection, channel_id, first_id=first_id, limit=limit)

    async def untold(self, announcement_ids: Sequence[int], *, claimed_id: int) -> Sequence[Untold]:
        """Lock these announcements and give what they would tell, oldest first."""
        return await folding.untold(self._connection, announcement_ids, claimed_id=claimed_id)

    async def fold(self, announcement_ids: Sequence[int], *, card: Card) -> Announcement:
        """Make the first of these announcements a digest that tells all of them."""
        return _announcement(await folding.fold(self._connection, announcement_ids, card=card))

    async def hold(self, announcement_id: int, *, until: datetime) -> None:
        """Let the lease of a claimed announcement end at another time."""
        await self._connection.run(
            update(announcements)
            .where(announcements.c.id == announcement_id, announcements.c.leased_from.is_not(None))
            .values(due_at=until)
        )

    async def mark_started(self, announcement_id: int, *, at: datetime) -> None:
        """Note that a send is about to be tried, unless an earlier start is already noted."""
        await self._connection.run(START, {"number": announcement_id, "at": at})

    async def start_alone(self, announcement_id: int, *, at: datetime) -> bool:
        """Note it for an announcement behind which nothing waits in its channel."""
        return await self._connection.run(START_ALONE, {"number": announcement_id, "at": at}) > 0

    async def note_shown(
        self, announcement_id: int, *, message_id: int | None, version: int, at: datetime
    ) -> None:
        """Note what the channel shows now; it is done when nothing newer is wanted."""
        await self._connection.run(
            NOTE_SHOWN,
            {"number": announcement_id, "message": message_id, "shown": version, "at": at},
        )

    async def retry(
        self, announcement_id: int, *, due_at: datetime, reason: str, forget_start: bool = False
    ) -> None:
        """Try again at `due_at`; `forget_start` says that surely nothing has been sent."""
        await self._set(
            announcement_id,
            due_at=due_at,
            parked_at=None,
            reason=reason,
            **_started(forget_start),
        )

    async def park(self, announcement_id: int, *, reason: str, forget_start: bool = False) -> None:
        """Stop trying until `revive`; the channel's next announcement may go on."""
        await self._set(
            announcement_id,
            due_at=None,
            parked_at=self._clock(),
            reason=reason,
            **_started(forget_start),
        )

    async def close(self, announcement_id: int, *, reason: str) -> None:
        """Be done with it: its message was deleted by somebody and is not put back."""
        await self._set(
            announcement_id,
            wanted=Wanted.GONE.value,
            message_id=None,
            due_at=None,
            parked_at=None,
            reason=reason,
        )

    async def revive(self, now: datetime, *, since: datetime) -> int:
        """Make parked announcements due again whose content is not older than `since`."""
        is_linked = announcements.c.link_id.in_(select(links.c.id).where(links.c.is_active))
        return await self._connection.run(
            update(announcements)
            .where(
                announcements.c.parked_at.is_not(None),
                or_(announcements.c.created_at >= since, folding.tells_younger(since)),
                is_linked,
            )
            .values(due_at=now, parked_at=None, reason=None, attempts=0)
        )

    async def mend_times(self, now: datetime, *, latest: datetime) -> int:
        """Make due now what a wrong clock put off beyond `latest`; gives how many."""
        return await waiting.mend_times(self._connection, announcements, now, latest=latest)

    async def _set(self, announcement_id: int, **values: Any) -> None:
        await self._connection.run(
            update(announcements)
            .where(announcements.c.id == announcement_id)
            .values(leased_from=None, **values)
        )

    async def next_due(self) -> datetime | None:
        """When the next announcement can be claimed, None when nothing waits.

        Only the oldest unfinished one of each channel counts; a claimed one when its lease ends.
        """
        moment: datetime | None = await self._connection.value(NEXT_DUE)
        return moment

    async def release_leases(self) -> int:
        """Make every claimed announcement claimable again (for a process that starts alone)."""
        return await waiting.release_leases(self._connection, announcements)

    async def backlog(self, guild_id: int | None = None) -> Backlog:
        """How much waits, of one guild or of all."""
        of_guild = announcements.c.link_id.in_(
            select(links.c.id).where(links.c.guild_id == guild_id)
        )
        return await waiting.backlog(
            self._connection,
            announcements,
            *([] if guild_id is None else [of_guild]),
            arrived=announcements.c.created_at,
            reason=announcements.c.reason,
        )


def _started(forget: bool) -> dict[str, Any]:
    return {"send_started_at": None} if forget else {}


def _standing(row: AnyRow) -> Standing:
    return Standing(
        wanted=Wanted(row.wanted),
        message_id=row.message_id,
        is_parked=row.parked_at is not None,
        reason=row.reason,
    )


def _announcement(row: AnyRow) -> Announcement:
    return Announcement(
        id=row.id,
        channel_id=row.channel_id,
        shows=showable_from_json(row.card),
        wanted=Wanted(row.wanted),
        version=row.version,
        shown_version=row.shown_version,
        message_id=row.message_id,
        send_started_at=row.send_started_at,
        attempts=row.attempts,
        created_at=row.created_at,
    )
