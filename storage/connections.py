"""Through which guilds accounts were connected."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select

from core.accounts import GuildCreator
from storage.connection import Connection
from storage.tables import guild_creators, guilds


class SqlConnections:
    """Implements `core.store.Connections`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def save(self, connection: GuildCreator, *, at: datetime) -> None:
        """Note that an account was connected through a guild; the latest person stays."""
        await self._connection.run(
            self._connection.insert(guilds)
            .values(id=connection.guild_id, added_at=at)
            .on_conflict_do_nothing()
        )
        statement = self._connection.insert(guild_creators).values(
            guild_id=connection.guild_id,
            creator_id=connection.creator_id,
            connected_by=connection.connected_by,
            connected_at=at,
        )
        await self._connection.run(
            statement.on_conflict_do_update(
                index_elements=["guild_id", "creator_id"],
                set_={
                    "connected_by": statement.excluded.connected_by,
                    "connected_at": statement.excluded.connected_at,
                },
            )
        )

    async def remove(self, guild_id: int, creator_id: int) -> bool:
        """Forget a guild's account; gives whether it had it."""
        is_it = (
            guild_creators.c.guild_id == guild_id,
            guild_creators.c.creator_id == creator_id,
        )
        return bool(await self._connection.run(delete(guild_creators).where(*is_it)))

    async def of_guild(self, guild_id: int) -> Sequence[GuildCreator]:
        """A guild's accounts, oldest first."""
        return await self._where(guild_creators.c.guild_id == guild_id)

    async def of_creator(self, creator_id: int) -> Sequence[GuildCreator]:
        """The guilds through which an account was connected."""
        return await self._where(guild_creators.c.creator_id == creator_id)

    async def _where(self, *where: ColumnElement[bool]) -> Sequence[GuildCreator]:
        rows = await self._connection.all(
            select(guild_creators)
            .where(*where)
            .order_by(guild_creators.c.connected_at, guild_creators.c.creator_id)
        )
        return [
            GuildCreator(
                guild_id=row.guild_id,
                creator_id=row.creator_id,
                connected_by=row.connected_by,
                connected_at=row.connected_at,
            )
            for row in rows
        ]
