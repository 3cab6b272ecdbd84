"""Links to the pages that hand drafts over or preview them, under the digests of their tokens."""

from datetime import datetime

from sqlalchemy import delete, insert, select, update

from core.handover_rows import PREVIEW, Offer
from storage.connection import AnyRow, Connection
from storage.tables import handovers as table


class SqlHandOvers:
    """Implements `core.handover_rows.Offers`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, digest: str, offer: Offer, *, session: str | None = None) -> None:
        """Keep a link; the same person's links to the same draft that nobody opened go.

        With the session `PREVIEW` it leads to a preview, and the earlier one to that goes.
        """
        await self._connection.run(
            delete(table).where(
                table.c.draft_id == offer.draft_id,
                table.c.user_id == offer.user_id,
                table.c.session.is_not_distinct_from(session),
            )
        )
        await self._connection.run(
            insert(table).values(
                digest=digest,
                draft_id=offer.draft_id,
                guild_id=offer.guild_id,
                user_id=offer.user_id,
                expires_at=offer.expires_at,
                session=session,
            )
        )

    async def look(self, digest: str, *, session: str | None = None) -> Offer | None:
        """A link that nobody opened yet, or one to a preview, expired or not."""
        row = await self._connection.first(
            select(table).where(
                table.c.digest == digest, table.c.session.is_not_distinct_from(session)
            )
        )
        return _offer(row) if row else None

    async def take(
        self, digest: str, *, session: str, now: datetime, until: datetime
    ) -> Offer | None:
        """Open a link that has not expired, until then: of several callers one gets it."""
        row = await self._connection.first(
            update(table)
            .where(
                table.c.digest == digest,
                table.c.session.is_(None),
                table.c.expires_at > now,
            )
            .values(session=session, expires_at=until)
            .returning(table)
        )
        return _offer(row) if row else None

    async def opened(self, digest: str, *, session: str, now: datetime) -> Offer | None:
        """The link that this browser opened, while its page is open."""
        row = await self._connection.first(
            select(table).where(
                table.c.digest == digest,
                table.c.session == session,
                table.c.expires_at > now,
            )
        )
        return _offer(row) if row else None

    async def end_previews(self, draft_id: int) -> None:
        """Forget the links to previews of a draft."""
        await self._connection.run(
            delete(table).where(table.c.draft_id == draft_id, table.c.session == PREVIEW)
        )

    async def sweep(self, expired_by: datetime) -> int:
        """Forget what had expired by then; gives how many."""
        return await self._connection.run(delete(table).where(table.c.expires_at <= expired_by))


def _offer(row: AnyRow) -> Offer:
    return Offer(
        draft_id=row.draft_id,
        guild_id=row.guild_id,
        user_id=row.user_id,
        expires_at=row.expires_at,
    )
