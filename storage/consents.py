"""Consents that somebody began, under the digest of their state."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update

from core.consents import Ending, OpenConsent, Purpose, read_ending, write_ending
from storage.connection import AnyRow, Connection
from storage.tables import oauth_states


class SqlConsents:
    """Implements `core.consents.Consents`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, digest: str, consent: OpenConsent, *, most: int) -> Sequence[str]:
        """Keep a consent; a person's oldest of this purpose go, so that `most` are open.

        Gives the digests of those that went.
        """
        is_theirs = (
            oauth_states.c.ending.is_(None),
            oauth_states.c.user_id == consent.user_id,
            oauth_states.c.purpose == consent.purpose.value,
        )
        kept = (
            select(oauth_states.c.digest)
            .where(*is_theirs)
            .order_by(oauth_states.c.expires_at.desc(), oauth_states.c.digest)
            .limit(most - 1)
        )
        newest = [row.digest for row in await self._connection.all(kept)]
        gone = await self._connection.all(
            delete(oauth_states)
            .where(*is_theirs, oauth_states.c.digest.not_in(newest))
            .returning(oauth_states.c.digest)
        )
        await self._connection.run(
            insert(oauth_states).values(
                digest=digest,
                purpose=consent.purpose.value,
                guild_id=consent.guild_id,
                user_id=consent.user_id,
                expires_at=consent.expires_at,
                user_name=consent.user_name,
                guild_name=consent.guild_name,
            )
        )
        return [row.digest for row in gone]

    async def look(self, digest: str) -> OpenConsent | None:
        """An open consent, expired or not."""
        row = await self._connection.first(select(oauth_states).where(*_open(digest)))
        return _consent(row) if row else None

    async def take(self, digest: str) -> OpenConsent | None:
        """Use an open consent up, expired or not: of several callers one gets it."""
        row = await self._connection.first(
            update(oauth_states).where(*_open(digest)).values(ending="").returning(oauth_states)
        )
        return _consent(row) if row else None

    async def end(self, digest: str, ending: Ending) -> None:
        """Keep how a consent that was used up ended."""
        await self._connection.run(
            update(oauth_states)
            .where(oauth_states.c.digest == digest, oauth_states.c.ending.is_not(None))
            .values(ending=write_ending(ending))
        )

    async def ending(self, digest: str) -> Ending | None:
        """How a consent ended, None when it has not, or nobody knows."""
        text = await self._connection.value(
            select(oauth_states.c.ending).where(oauth_states.c.digest == digest)
        )
        return read_ending(text) if text else None

    async def forget(self, digest: str) -> None:
        """Forget a consent, whatever became of it."""
        await self._connection.run(delete(oauth_states).where(oauth_states.c.digest == digest))

    async def sweep(self, *, expired_by: datetime, ended_by: datetime) -> int:
        """Forget what had expired by then, and what was used up and expired by `ended_by`.

        Gives how many.
        """
        is_used = oauth_states.c.ending.is_not(None)
        return await self._connection.run(
            delete(oauth_states).where(
                or_(
                    oauth_states.c.expires_at <= expired_by,
                    and_(is_used, oauth_states.c.expires_at <= ended_by),
                )
            )
        )


def _open(digest: str) -> tuple[ColumnElement[bool], ...]:
    return oauth_states.c.digest == digest, oauth_states.c.ending.is_(None)


def _consent(row: AnyRow) -> OpenConsent:
    return OpenConsent(
        purpose=Purpose(row.purpose),
        user_id=row.user_id,
        guild_id=row.guild_id,
        expires_at=row.expires_at,
        user_name=row.user_name,
        guild_name=row.guild_name,
    )
