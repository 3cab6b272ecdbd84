"""The rights that guilds gave to their roles."""

from datetime import datetime

from sqlalchemy import delete, select

from core.rights import Granted, Right
from storage.connection import Connection
from storage.tables import guilds, role_rights

_KNOWN = frozenset(right.value for right in Right)


class SqlRoleRights:
    """Implements `core.rights.RoleRights`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of_guild(self, guild_id: int) -> Granted:
        """What the guild's roles may; a right that only a newer version knows is left out."""
        found: dict[int, frozenset[Right]] = {}
        for row in await self._connection.all(
            select(role_rights.c.role_id, role_rights.c.right)
            .where(role_rights.c.guild_id == guild_id)
            .order_by(role_rights.c.role_id)
        ):
            if row.right in _KNOWN:
                found[row.role_id] = found.get(row.role_id, frozenset()) | {Right(row.right)}
        return found

    async def replace(
        self, guild_id: int, role_id: int, rights: frozenset[Right], *, at: datetime
    ) -> None:
        """Make these the rights of a role."""
        await self._connection.run(
            self._connection.insert(guilds)
            .values(id=guild_id, added_at=at)
            .on_conflict_do_nothing()
        )
        await self._connection.run(
            delete(role_rights).where(
                role_rights.c.guild_id == guild_id, role_rights.c.role_id == role_id
            )
        )
        await self._connection.run_many(
            self._connection.insert(role_rights),
            [
                {"guild_id": guild_id, "role_id": role_id, "right": right.value}
                for right in sorted(rights)
            ],
        )
