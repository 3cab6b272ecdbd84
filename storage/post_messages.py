"""What became of posts: their readings, the messages that tell of them, and what is asked."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, delete, select, update

from core.cards import Card
from core.post_rows import PostDoubt, PostMessage, PostReading
from core.sheets import Sheet, showable_from_json
from storage.connection import AnyRow, Connection
from storage.tables import announcements, post_doubts, post_messages, post_readings
from storage.types import UtcDateTime

_NOTE = (
    update(post_readings)
    .where(post_readings.c.post_id == bindparam("number"))
    .values(
        campaign_id=bindparam("campaign"),
        seen_at=bindparam("seen", type_=UtcDateTime()),
        told_at=bindparam("told", type_=UtcDateTime()),
    )
)
_MESSAGES = (
    select(post_messages, announcements.c.card, announcements.c.channel_id)
    .join_from(post_messages, announcements, announcements.c.id == post_messages.c.announcement_id)
    .order_by(post_messages.c.post_id, post_messages.c.link_id)
)
_DOUBTS = (
    select(post_doubts, announcements.c.card)
    .join_from(post_doubts, announcements, announcements.c.id == post_doubts.c.announcement_id)
    .order_by(post_doubts.c.post_id, post_doubts.c.guild_id)
)


class SqlPostMessages:
    """Implements `core.post_rows.PostMessages`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, post_ids: Sequence[str], *, campaign_id: str) -> Mapping[str, PostReading]:
        """The readings of these posts, which nobody else changes until the transaction ends."""
        if not post_ids:
            return {}
        among = self._connection.among(post_readings.c.post_id, post_ids)
        # In one order for all, so that no two wait for each other.
        locked = select(post_readings).where(among).order_by(post_readings.c.post_id)
        rows = await self._connection.all(locked.with_for_update())
        known = {row.post_id for row in rows}
        new = [
            {"post_id": post_id, "campaign_id": campaign_id}
            for post_id in sorted(set(post_ids) - known)
        ]
        if new:
            added = self._connection.insert(post_readings).on_conflict_do_nothing()
            await self._connection.run_many(added, new)
            rows = await self._connection.all(locked.with_for_update())
        return {row.post_id: _reading(row) for row in rows}

    async def note(self, readings: Sequence[PostReading]) -> None:
        """Replace readings that are locked."""
        await self._connection.run_many(
            _NOTE,
            [
                {
                    "number": one.post_id,
                    "campaign": one.campaign_id,
                    "seen": one.seen_at,
                    "told": one.told_at,
                }
                for one in readings
            ],
        )

    async def add(self, post_id: str, link_id: int, announcement_id: int) -> None:
        """Note which announcement tells of a post for a link; there must be none yet."""
        await self._connection.run(
            self._connection.insert(post_messages).values(
                post_id=post_id, link_id=link_id, announcement_id=announcement_id
            )
        )

    async def of_posts(self, post_ids: Sequence[str]) -> Sequence[PostMessage]:
        """The messages of posts, by post and link."""
        if not post_ids:
            return ()
        among = self._connection.among(post_messages.c.post_id, post_ids)
        rows = await self._connection.all(_MESSAGES.where(among))
        return [
            PostMessage(
                post_id=row.post_id,
                link_id=row.link_id,
                announcement_id=row.announcement_id,
                channel_id=row.channel_id,
                sheet=_sheet(row.card),
            )
            for row in rows
        ]

    async def drop(self, post_ids: Sequence[str]) -> None:
        """Forget which announcements tell of these posts, and what was asked about them."""
        if not post_ids:
            return
        for table in (post_messages, post_doubts):
            among = self._connection.among(table.c.post_id, post_ids)
            await self._connection.run(delete(table).where(among))

    async def ask(self, doubt: PostDoubt) -> None:
        """Keep a question in place of the one to the same guild about the same post."""
        values = {
            "draft_ids": json.dumps(doubt.draft_ids),
            "announcement_id": doubt.announcement_id,
            "asked_at": doubt.asked_at,
            "answer": doubt.answer,
            "answered_by": doubt.answered_by,
            "answered_at": doubt.answered_at,
        }
        await self._connection.run(
            self._connection.insert(post_doubts)
            .values(post_id=doubt.post_id, guild_id=doubt.guild_id, **values)
            .on_conflict_do_update(index_elements=["post_id", "guild_id"], set_=values)
        )

    async def doubt(self, post_id: str, *, guild_id: int) -> PostDoubt | None:
        """What a guild was asked about a post."""
        found = [one for one in await self.doubts([post_id]) if one.guild_id == guild_id]
        return found[0] if found else None

    async def doubts(self, post_ids: Sequence[str]) -> Sequence[PostDoubt]:
        """What was asked about these posts, whether it is answered or not."""
        if not post_ids:
            return ()
        among = self._connection.among(post_doubts.c.post_id, post_ids)
        return [_doubt(row) for row in await self._connection.all(_DOUBTS.where(among))]


def _reading(row: AnyRow) -> PostReading:
    return PostReading(
        post_id=row.post_id,
        campaign_id=row.campaign_id,
        seen_at=row.seen_at,
        told_at=row.told_at,
    )


def _sheet(text: str) -> Sheet:
    shown = showable_from_json(text)
    if not isinstance(shown, Sheet):
        raise TypeError("A post's announcement shows a card.")
    return shown


def _doubt(row: AnyRow) -> PostDoubt:
    return PostDoubt(
        post_id=row.post_id,
        guild_id=row.guild_id,
        draft_ids=tuple(json.loads(row.draft_ids)),
        announcement_id=row.announcement_id,
        card=Card.from_json(row.card),
        asked_at=row.asked_at,
        answer=row.answer,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
    )
