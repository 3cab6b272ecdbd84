"""Which guild follows which campaign, and the guilds themselves."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update

from core.guilds import Link
from storage import tables
from storage.connection import AnyRow, Connection

_CHANNELS = ("feed_channel_id", "staff_channel_id", "posts_channel_id")
_DROPPED = "The guild no longer follows this campaign."


class SqlLinks:
    """Implements `core.store.Links`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def replace_all(self, links: Sequence[Link], *, at: datetime) -> None:
        """Make these the links; a link that stays keeps its id.

        A dropped link that was never announced is forgotten. Any other one is kept for its
        announcements, and those that still waited are parked.
        """
        named = {(link.guild_id, link.campaign_id): link for link in links}
        known = {
            (row.guild_id, row.campaign_id): row.id
            for row in await self._connection.all(select(tables.links))
        }
        await self._save(list(named.values()), at=at)
        dropped = [link_id for key, link_id in known.items() if key not in named]
        if dropped:
            await self._drop(sorted(dropped), at=at)

    async def _save(self, links: Sequence[Link], *, at: datetime) -> None:
        await self._connection.run_many(
            self._connection.insert(tables.guilds).on_conflict_do_nothing(),
            [{"id": guild, "added_at": at} for guild in sorted({link.guild_id for link in links})],
        )
        statement = self._connection.insert(tables.links)
        changed = {name: statement.excluded[name] for name in (*_CHANNELS, "is_active")}
        await self._connection.run_many(
            statement.on_conflict_do_update(
                index_elements=["guild_id", "campaign_id"], set_=changed
            ),
            [
                {
                    "guild_id": link.guild_id,
                    "campaign_id": link.campaign_id,
                    "is_active": True,
                    **{name: getattr(link, name) for name in _CHANNELS},
                }
                for link in links
            ],
        )

    async def _drop(self, link_ids: Sequence[int], *, at: datetime) -> None:
        announcements = tables.announcements
        waiting = (
            self._connection.among(announcements.c.link_id, link_ids),
            announcements.c.due_at.is_not(None),
        )
        await self._connection.run(
            update(announcements)
            .where(*waiting)
            .values(due_at=None, leased_from=None, parked_at=at, reason=_DROPPED)
        )
        is_dropped = self._connection.among(tables.links.c.id, link_ids)
        is_announced = tables.links.c.id.in_(select(announcements.c.link_id))
        await self._connection.run(delete(tables.links).where(is_dropped, ~is_announced))
        await self._connection.run(update(tables.links).where(is_dropped).values(is_active=False))

    async def of_guild(self, guild_id: int) -> Sequence[Link]:
        """A guild's links, oldest first."""
        return await self._active(tables.links.c.guild_id == guild_id)

    async def of_campaign(self, campaign_id: str) -> Sequence[Link]:
        """The links that follow a campaign, oldest first."""
        return await self._active(tables.links.c.campaign_id == campaign_id)

    async def all(self) -> Sequence[Link]:
        """All links, oldest first."""
        return await self._active()

    async def _active(self, *where: ColumnElement[bool]) -> Sequence[Link]:
        links = tables.links
        rows = await self._connection.all(
            select(links).where(links.c.is_active, *where).order_by(links.c.id)
        )
        return [_link(row) for row in rows]


def _link(row: AnyRow) -> Link:
    return Link(
        id=row.id,
        guild_id=row.guild_id,
        campaign_id=row.campaign_id,
        **{name: getattr(row, name) for name in _CHANNELS},
    )
