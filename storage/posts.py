"""Posts as Patreon tells of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import delete, func, select

from core.posts import Post
from storage import tables
from storage.connection import AnyRow, Connection

_FIELDS = tuple(field.name for field in fields(Post))


class SqlPosts:
    """Implements `core.store.Posts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def save(self, posts: Sequence[Post]) -> tuple[int, int]:
        """Add or update posts; gives how many were new and how many changed."""
        named = {post.id: post for post in posts}
        if not named:
            return 0, 0
        among = self._connection.among(tables.posts.c.id, sorted(named))
        rows = await self._connection.all(select(tables.posts).where(among))
        known = {row.id: _values(_post(row)) for row in rows}
        values = {post_id: _values(post) for post_id, post in named.items()}
        written = [post for post_id, post in values.items() if post != known.get(post_id)]
        statement = self._connection.insert(tables.posts)
        changed = {name: statement.excluded[name] for name in _FIELDS if name != "id"}
        await self._connection.run_many(
            statement.on_conflict_do_update(index_elements=["id"], set_=changed), written
        )
        new = len(values.keys() - known.keys())
        return new, len(written) - new

    async def load(self, post_ids: Sequence[str]) -> Mapping[str, Post]:
        """The stored posts themselves."""
        if not post_ids:
            return {}
        among = self._connection.among(tables.posts.c.id, post_ids)
        rows = await self._connection.all(select(tables.posts).where(among))
        return {row.id: _post(row) for row in rows}

    async def delete(self, post_ids: Sequence[str]) -> int:
        """Forget posts; gives how many of them were known."""
        if not post_ids:
            return 0
        among = self._connection.among(tables.posts.c.id, post_ids)
        return await self._connection.run(delete(tables.posts).where(among))

    async def ids(self, campaign_id: str) -> Sequence[str]:
        """The ids of the campaign's posts."""
        rows = await self._connection.all(
            select(tables.posts.c.id).where(tables.posts.c.campaign_id == campaign_id)
        )
        return [row.id for row in rows]

    async def count(self, campaign_ids: Sequence[str]) -> int:
        """How many posts are known."""
        if not campaign_ids:
            return 0
        among = self._connection.among(tables.posts.c.campaign_id, campaign_ids)
        number: int = await self._connection.value(select(func.count()).where(among))
        return number


def _values(post: Post) -> dict[str, Any]:
    values = {name: getattr(post, name) for name in _FIELDS}
    return values | {"tier_ids": json.dumps(post.tier_ids)}


def _post(row: AnyRow) -> Post:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Post(**values | {"tier_ids": tuple(json.loads(row.tier_ids))})
