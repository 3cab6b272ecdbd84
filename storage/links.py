"""Which guild follows which campaign, and the guilds themselves."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, select, update

from core.changes import Kind
from core.guilds import Link
from core.posts import PostDetail
from storage import tables
from storage.connection import AnyRow, Connection

_CHANNELS = ("feed_channel_id", "staff_channel_id", "posts_channel_id")
_SETTINGS = (*_CHANNELS, "kinds", "staff_kinds", "shows_amounts", "post_detail")
_DROPPED = "The guild no longer follows this campaign."

_ACTIVE = select(tables.links).where(tables.links.c.is_active).order_by(tables.links.c.id)
_OF_CAMPAIGN = _ACTIVE.where(tables.links.c.campaign_id == bindparam("campaign"))


class SqlLinks:
    """Implements `core.store.Links`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def save(self, link: Link, *, at: datetime) -> int:
        """Add a link or update the guild's one to that campaign; gives its id."""
        links = tables.links
        await self._connection.run(
            self._connection.insert(tables.guilds)
            .values(id=link.guild_id, added_at=at)
            .on_conflict_do_nothing()
        )
        statement = self._connection.insert(links)
        changed = {name: statement.excluded[name] for name in (*_SETTINGS, "is_active")}
        row = {
            "guild_id": link.guild_id,
            "campaign_id": link.campaign_id,
            "is_active": True,
            **{name: getattr(link, name) for name in _CHANNELS},
            "kinds": _names(link.kinds),
            "staff_kinds": _names(link.staff_kinds),
            "shows_amounts": link.shows_amounts,
            "post_detail": None if link.post_detail is None else link.post_detail.value,
        }
        link_id: int = await self._connection.value(
            statement.values(row)
            .on_conflict_do_update(index_elements=["guild_id", "campaign_id"], set_=changed)
            .returning(links.c.id)
        )
        return link_id

    async def remove(self, link_ids: Sequence[int], *, at: datetime) -> None:
        """Stop following: what still waited is parked, what was announced stays."""
        if not link_ids:
            return
        is_dropped = self._connection.among(tables.links.c.id, link_ids)
        # Whoever adds an announcement to one of them waits here, or was first.
        await self._connection.all(
            select(tables.links.c.id)
            .where(is_dropped)
            .order_by(tables.links.c.id)
            .with_for_update()
        )
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
        is_announced = tables.links.c.id.in_(select(announcements.c.link_id))
        forgotten = select(tables.links.c.id).where(is_dropped, ~is_announced)
        await self._connection.run(
            delete(tables.words).where(tables.words.c.link_id.in_(forgotten))
        )
        await self._connection.run(delete(tables.links).where(is_dropped, ~is_announced))
        await self._connection.run(update(tables.links).where(is_dropped).values(is_active=False))

    async def of_guild(self, guild_id: int) -> Sequence[Link]:
        """A guild's links, oldest first."""
        return await self._active(tables.links.c.guild_id == guild_id)

    async def of_campaign(self, campaign_id: str) -> Sequence[Link]:
        """The links that follow a campaign, oldest first."""
        rows = await self._connection.all(_OF_CAMPAIGN, {"campaign": campaign_id})
        return [_link(row) for row in rows]

    async def all(self) -> Sequence[Link]:
        """All links, oldest first."""
        return await self._active()

    async def _active(self, *where: ColumnElement[bool]) -> Sequence[Link]:
        rows = await self._connection.all(_ACTIVE.where(*where))
        return [_link(row) for row in rows]


def _link(row: AnyRow) -> Link:
    return Link(
        id=row.id,
        guild_id=row.guild_id,
        campaign_id=row.campaign_id,
        **{name: getattr(row, name) for name in _CHANNELS},
        kinds=_kinds(row.kinds),
        staff_kinds=_kinds(row.staff_kinds),
        shows_amounts=row.shows_amounts,
        post_detail=_detail(row.post_detail),
    )


def _names(kinds: frozenset[Kind] | None) -> str | None:
    return None if kinds is None else json.dumps(sorted(kinds))


def _kinds(names: str | None) -> frozenset[Kind] | None:
    """Read kinds; one that only a newer version knows is left out."""
    if names is None:
        return None
    return frozenset(Kind(name) for name in json.loads(names) if name in _KNOWN)


def _detail(name: str | None) -> PostDetail | None:
    """Read how much of a post is told; what only a newer version knows shows the least."""
    if name is None:
        return None
    return PostDetail(name) if name in _DETAILS else PostDetail.TITLE


_DETAILS = frozenset(detail.value for detail in PostDetail)
_KNOWN = frozenset(kind.value for kind in Kind)
