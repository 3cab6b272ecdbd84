"""Which files pictures have, and which of them nothing needs any more."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, exists, func, or_, select, union, update

from core.image_rows import Blob, Stored
from core.images import ImageKind
from core.pictures import Size
from storage.connection import Connection
from storage.tables import image_places, images, renditions
from storage.text import clean
from storage.types import UtcDateTime

HAS_FILE = images.c.digest.is_not(None)

_KEPT_FOR_PAGES = (ImageKind.CAMPAIGN.value, ImageKind.TIER.value)

_KEEP = (
    update(images)
    .where(images.c.key == bindparam("of_key"))
    .values(
        url=None,
        due_at=None,
        attempts=0,
        failure=None,
        digest=bindparam("of_digest"),
        size_bytes=bindparam("of_size_bytes"),
        media_type=bindparam("of_media_type"),
        width=bindparam("of_width"),
        height=bindparam("of_height"),
        fetched_at=bindparam("now"),
        used_at=func.coalesce(images.c.used_at, bindparam("now", type_=UtcDateTime())),
    )
)


class SqlImageFiles:
    """The files of pictures: the original and the sizes that were made of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def keep(self, kept: Mapping[str, Stored], *, at: datetime) -> None:
        """Note that pictures' files are on the shelf, by key; their links are forgotten."""
        # In the order in which everybody locks them.
        in_order = sorted(kept.items())
        await self._connection.run_many(
            _KEEP,
            [
                {
                    "of_key": clean(key),
                    "of_digest": stored.file.digest,
                    "of_size_bytes": stored.file.size_bytes,
                    "of_media_type": stored.media_type,
                    "of_width": stored.width,
                    "of_height": stored.height,
                    "now": at,
                }
                for key, stored in in_order
            ],
        )
        made = {
            (stored.file.digest, size.value): blob
            for _, stored in in_order
            for size, blob in stored.sizes.items()
        }
        statement = self._connection.insert(renditions)
        await self._connection.run_many(
            statement.on_conflict_do_update(
                index_elements=["source", "size"],
                set_={
                    "digest": statement.excluded.digest,
                    "size_bytes": statement.excluded.size_bytes,
                },
            ),
            [
                {
                    "source": source,
                    "size": size,
                    "digest": blob.digest,
                    "size_bytes": blob.size_bytes,
                }
                for (source, size), blob in sorted(made.items())
            ],
        )

    async def lose(self, digests: Sequence[str], *, at: datetime) -> int:
        """Note that files are gone: what they were used for is due again."""
        if not digests:
            return 0
        sources = select(renditions.c.source).where(
            self._connection.among(renditions.c.digest, digests)
        )
        is_lost = or_(
            self._connection.among(images.c.digest, digests), images.c.digest.in_(sources)
        )
        return await self._connection.run(
            update(images).where(is_lost).values(digest=None, due_at=at, attempts=0)
        )

    async def file_of(self, key: str, size: Size) -> Blob | None:
        """The file of a picture in a size."""
        row = await self._connection.first(
            select(renditions.c.digest, renditions.c.size_bytes)
            .join(images, images.c.digest == renditions.c.source)
            .where(images.c.key == key, renditions.c.size == size.value)
        )
        return None if row is None else Blob(digest=row.digest, size_bytes=row.size_bytes)

    async def touch(self, keys: Sequence[str], *, at: datetime) -> None:
        """Note that pictures were shown."""
        if keys:
            is_shown = self._connection.among(images.c.key, keys)
            await self._connection.run(update(images).where(is_shown).values(used_at=at))

    async def stale(self, before: datetime, *, limit: int) -> Sequence[str]:
        """Keys of pictures with a file that nobody saw since `before`, the longest unseen first."""
        is_on_pages = exists().where(
            image_places.c.key == images.c.key, image_places.c.kind.in_(_KEPT_FOR_PAGES)
        )
        rows = await self._connection.all(
            select(images.c.key)
            .where(HAS_FILE, images.c.used_at < before, ~is_on_pages)
            .order_by(images.c.used_at)
            .limit(limit)
        )
        return [row.key for row in rows]

    async def drop(self, keys: Sequence[str]) -> Sequence[Blob]:
        """Forget pictures' files; gives those that nothing uses any more."""
        if not keys:
            return []
        is_dropped = self._connection.among(images.c.key, keys)
        rows = await self._connection.all(
            select(images.c.digest, images.c.size_bytes).where(is_dropped, HAS_FILE)
        )
        await self._connection.run(
            update(images).where(is_dropped).values(digest=None, due_at=None, url=None)
        )
        sizes = {row.digest: row.size_bytes for row in rows}
        unused = sorted(sizes.keys() - await self._sources(sorted(sizes)))
        is_made = self._connection.among(renditions.c.source, unused)
        made = await self._connection.all(
            select(renditions.c.digest, renditions.c.size_bytes).where(is_made)
        )
        await self._connection.run(delete(renditions).where(is_made))
        candidates = {digest: sizes[digest] for digest in unused}
        candidates |= {row.digest: row.size_bytes for row in made}
        left = await self.used(sorted(candidates))
        return [
            Blob(digest=digest, size_bytes=size_bytes)
            for digest, size_bytes in sorted(candidates.items())
            if digest not in left
        ]

    async def _sources(self, digests: Sequence[str]) -> set[str]:
        among = self._connection.among(images.c.digest, digests)
        return {
            row.digest for row in await self._connection.all(select(images.c.digest).where(among))
        }

    async def tidy(self) -> int:
        """Forget pictures that belong nowhere and have no file; gives how many."""
        is_made_of_a_file = exists().where(images.c.digest == renditions.c.source)
        await self._connection.run(delete(renditions).where(~is_made_of_a_file))
        belongs = exists().where(image_places.c.key == images.c.key)
        return await self._connection.run(delete(images).where(images.c.digest.is_(None), ~belongs))

    async def used(self, digests: Sequence[str]) -> set[str]:
        """Those of `digests` that belong to a picture."""
        among = self._connection.among(renditions.c.digest, digests)
        made = await self._connection.all(
            select(renditions.c.digest)
            .join(images, images.c.digest == renditions.c.source)
            .where(among)
        )
        return await self._sources(digests) | {row.digest for row in made}

    async def size_bytes(self) -> int:
        """What all files take."""
        files = union(
            select(images.c.digest, images.c.size_bytes).where(HAS_FILE),
            select(renditions.c.digest, renditions.c.size_bytes),
        ).subquery()
        total: int | None = await self._connection.value(select(func.sum(files.c.size_bytes)))
        return int(total or 0)
