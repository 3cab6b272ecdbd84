"""Consents that somebody began, under the digest of their state."""

from datetime import datetime

from sqlalchemy import delete, insert, select

from core.consents import OpenConsent, Purpose
from storage.connection import AnyRow, Connection
from storage.tables import oauth_states


class SqlConsents:
    """Implements `core.consents.Consents`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, digest: str, consent: OpenConsent, *, most: int) -> None:
        """Keep a consent; a person's oldest of this purpose go, so that `most` are open."""
        is_theirs = (
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
        await self._connection.run(
            delete(oauth_states).where(*is_theirs, oauth_states.c.digest.not_in(newest))
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

    async def look(self, digest: str) -> OpenConsent | None:
        """A consent, expired or not."""
        row = await self._connection.first(
            select(oauth_states).where(oauth_states.c.digest == digest)
        )
        return _consent(row) if row else None

    async def take(self, digest: str) -> OpenConsent | None:
        """Take a consent away, expired or not: of several callers one gets it."""
        row = await self._connection.first(
            delete(oauth_states).where(oauth_states.c.digest == digest).returning(oauth_states)
        )
        return _consent(row) if row else None

    async def sweep(self, *, expired_by: datetime) -> int:
        """Forget what had expired by then; gives how many."""
        return await self._connection.run(
            delete(oauth_states).where(oauth_states.c.expires_at <= expired_by)
        )


def _consent(row: AnyRow) -> OpenConsent:
    return OpenConsent(
        purpose=Purpose(row.purpose),
        user_id=row.user_id,
        guild_id=row.guild_id,
        expires_at=row.expires_at,
        user_name=row.user_name,
        guild_name=row.guild_name,
    )
