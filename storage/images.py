"""Pictures: what is due, what failed, and how they are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, delete, exists, func, select, update

from core.image_rows import Blob, ImageCounts, ImageRow
from core.images import ImageFailure, ImageKind
from storage.connection import AnyRow
from storage.image_files import HAS_FILE, SqlImageFiles
from storage.image_places import ROW, SqlImagePlaces, read_row
from storage.tables import image_places, images, renditions
from storage.text import clean


class SqlImages(SqlImagePlaces, SqlImageFiles):
    """Implements `core.image_rows.Images`."""

    async def due(
        self,
        at: datetime,
        *,
        limit: int,
        campaign_ids: Sequence[str] | None = None,
        kinds: Sequence[ImageKind] = tuple(ImageKind),
    ) -> Sequence[ImageRow]:
        """The pictures to fetch, those that wait longest first; None: of every campaign."""
        is_meant = [image_places.c.key == images.c.key]
        if set(kinds) != set(ImageKind):
            is_meant.append(image_places.c.kind.in_([kind.value for kind in kinds]))
        if campaign_ids is not None:
            is_meant.append(self._connection.among(image_places.c.campaign_id, campaign_ids))
        # Not a join: SQLite would begin with the places, and sort all that it finds.
        found = await self._connection.all(
            select(images.c.key)
            .where(images.c.due_at <= at, exists().where(*is_meant))
            .order_by(images.c.due_at, images.c.key)
            .limit(limit)
        )
        keys = [row.key for row in found]
        if not keys:
            return []
        places = await self._connection.all(
            select(*ROW)
            .join(images, images.c.key == image_places.c.key)
            .where(self._connection.among(image_places.c.key, keys))
        )
        # A picture that belongs to several places comes once for each: the first is as good.
        rows = {
            row.key: read_row(row)
            for row in sorted(places, key=lambda row: (row.kind, row.owner_id, row.slot))[::-1]
            if ImageKind(row.kind) in kinds
            and (campaign_ids is None or row.campaign_id in campaign_ids)
        }
        return [rows[key] for key in keys if key in rows]

    async def next_due(self) -> datetime | None:
        """When the next picture is due."""
        belongs = exists().where(image_places.c.key == images.c.key)
        moment: datetime | None = await self._connection.value(
            select(images.c.due_at)
            .where(images.c.due_at.is_not(None), belongs)
            .order_by(images.c.due_at)
            .limit(1)
        )
        return moment

    async def fail(
        self, key: str, failure: ImageFailure, *, due_at: datetime | None, forget_url: bool = False
    ) -> None:
        """Note a failed try; None gives up until the owner is seen with another picture."""
        values: dict[str, object] = {
            "failure": failure.value,
            "due_at": due_at,
            "attempts": images.c.attempts + 1,
        }
        if forget_url:
            values["url"] = None
        await self._connection.run(update(images).where(images.c.key == key).values(values))

    async def want(
        self,
        campaign_ids: Sequence[str],
        kinds: Sequence[ImageKind],
        *,
        at: datetime,
        with_files: bool,
    ) -> int:
        """Make pictures due that have no file, and, `with_files`, those that have one, too."""
        if not campaign_ids:
            return 0
        is_theirs = exists().where(
            image_places.c.key == images.c.key,
            self._connection.among(image_places.c.campaign_id, campaign_ids),
            image_places.c.kind.in_([kind.value for kind in kinds]),
        )
        is_wanted = is_theirs if with_files else and_(is_theirs, images.c.digest.is_(None))
        return await self._connection.run(
            update(images).where(is_wanted).values(due_at=at, attempts=0)
        )

    async def by_public_key(self, public_key: str) -> ImageRow | None:
        """The picture with this public key."""
        row = await self._connection.first(
            select(*ROW)
            .join(image_places, image_places.c.key == images.c.key)
            .where(images.c.public_key == public_key)
            .limit(1)
        )
        return None if row is None else read_row(row)

    async def forget(self, kind: ImageKind, owner_ids: Sequence[str]) -> Sequence[Blob]:
        """Forget owners' pictures; gives the files that nothing uses any more."""
        if not owner_ids:
            return []
        is_theirs = self.of_owners([(kind.value, clean(owner_id)) for owner_id in owner_ids])
        rows = await self._connection.all(select(image_places.c.key).where(is_theirs))
        await self._connection.run(delete(image_places).where(is_theirs))
        keys = sorted({row.key for row in rows})
        if not keys:
            return []
        among = self._connection.among(image_places.c.key, keys)
        left = await self._connection.all(select(image_places.c.key).where(among))
        gone = sorted(set(keys) - {row.key for row in left})
        unused = await self.drop(gone)
        await self._connection.run(delete(images).where(self._connection.among(images.c.key, gone)))
        return unused

    async def counts(self, campaign_ids: Sequence[str]) -> Mapping[ImageKind, ImageCounts]:
        """How the pictures of these campaigns are, by kind."""
        if not campaign_ids:
            return {}
        # A small picture's card and its full size are one file.
        files = select(renditions.c.source, renditions.c.digest, renditions.c.size_bytes).distinct()
        each = files.subquery()
        made = (
            select(each.c.source, func.sum(each.c.size_bytes).label("size_bytes"))
            .group_by(each.c.source)
            .subquery()
        )
        places = (
            select(image_places.c.kind, image_places.c.key)
            .where(self._connection.among(image_places.c.campaign_id, campaign_ids))
            .distinct()
            .subquery()
        )
        is_failed = and_(images.c.digest.is_(None), images.c.failure.is_not(None))
        rows = await self._connection.all(
            select(
                places.c.kind,
                images.c.failure,
                func.count().label("known"),
                func.count(images.c.digest).label("cached"),
                func.count(images.c.due_at).label("waiting"),
                func.count().filter(is_failed).label("failed"),
                func.coalesce(func.sum(images.c.size_bytes).filter(HAS_FILE), 0).label("originals"),
                func.coalesce(func.sum(made.c.size_bytes), 0).label("made"),
                func.min(images.c.fetched_at).filter(HAS_FILE).label("oldest"),
                func.min(images.c.expires_at).filter(images.c.url.is_not(None)).label("next"),
            )
            .join(images, images.c.key == places.c.key)
            .outerjoin(made, made.c.source == images.c.digest)
            .group_by(places.c.kind, images.c.failure)
        )
        by_kind: defaultdict[ImageKind, list[AnyRow]] = defaultdict(list)
        for row in rows:
            by_kind[ImageKind(row.kind)].append(row)
        return {kind: _counts(rows) for kind, rows in by_kind.items()}


def _counts(rows: Sequence[AnyRow]) -> ImageCounts:
    return ImageCounts(
        known=sum(row.known for row in rows),
        cached=sum(row.cached for row in rows),
        waiting=sum(row.waiting for row in rows),
        failures={ImageFailure(row.failure): row.failed for row in rows if row.failed},
        size_bytes=int(sum(row.originals + row.made for row in rows)),
        oldest_fetched_at=min((row.oldest for row in rows if row.oldest), default=None),
        next_expires_at=min((row.next for row in rows if row.next), default=None),
    )
