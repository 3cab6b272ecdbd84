"""Pictures: whose they are, what is due, and which files nobody uses any more."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    union,
    update,
)

from core.image_rows import Blob, ImageCounts, ImageRow, Place, Seen, Stored
from core.images import ImageFailure, ImageKind
from core.pictures import Size
from storage.connection import AnyRow, Connection
from storage.tables import image_places, images, posts, renditions
from storage.text import clean
from storage.types import UtcDateTime

_KEPT_FOR_PAGES = (ImageKind.CAMPAIGN.value, ImageKind.TIER.value)
_HAS_FILE = images.c.digest.is_not(None)
_PLACE = (image_places.c.kind, image_places.c.owner_id, image_places.c.slot)
_ROW = (
    images.c.key,
    images.c.public_key,
    images.c.url,
    images.c.expires_at,
    images.c.due_at,
    images.c.digest,
    images.c.attempts,
    images.c.failure,
    images.c.width,
    images.c.height,
    *_PLACE,
    image_places.c.campaign_id,
)

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


class SqlImages:
    """Implements `core.image_rows.Images`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def see(
        self, seen: Sequence[Seen], *, public_key: Callable[[str], str], at: datetime
    ) -> int:
        """Note owners' pictures, exactly these; gives how many keys are new."""
        links = {link.key: link for each in seen for link in each.links.values()}
        among = self._connection.among(images.c.key, sorted(links))
        found = {
            row.key: row
            for row in await self._connection.all(
                select(
                    images.c.key,
                    images.c.digest,
                    images.c.url,
                    images.c.expires_at,
                    images.c.due_at,
                    images.c.failure,
                ).where(among)
            )
        }
        new = [link for key, link in sorted(links.items()) if key not in found]
        await self._connection.run_many(
            self._connection.insert(images).on_conflict_do_nothing(),
            [
                {
                    "key": clean(link.key),
                    "public_key": public_key(link.key),
                    "url": link.url,
                    "expires_at": link.expires_at,
                    "due_at": at,
                }
                for link in new
            ],
        )
        for key, row in sorted(found.items()):
            link = links[key]
            is_fresher = row.url is None or (
                link.expires_at is not None
                and (row.expires_at is None or link.expires_at > row.expires_at)
            )
            if row.digest is not None or not is_fresher:
                continue
            # A fresh link cures a dead one; whatever else was wrong keeps its wait.
            is_cured = row.failure in (None, ImageFailure.EXPIRED.value)
            due_at = at if is_cured and row.due_at is not None else row.due_at
            await self._connection.run(
                update(images)
                .where(images.c.key == key, images.c.digest.is_(None))
                .values(url=link.url, expires_at=link.expires_at, due_at=due_at)
            )
        await self._place(seen)
        return len(new)

    async def _place(self, seen: Sequence[Seen]) -> None:
        owners = {(each.kind.value, clean(each.owner_id)) for each in seen}
        wanted = {
            (each.kind.value, clean(each.owner_id), slot): (clean(link.key), each.campaign_id)
            for each in seen
            for slot, link in each.links.items()
        }
        rows = await self._connection.all(
            select(*_PLACE, image_places.c.key, image_places.c.campaign_id).where(
                self._of_owners(sorted(owners))
            )
        )
        known = {(row.kind, row.owner_id, row.slot): (row.key, row.campaign_id) for row in rows}
        for kind, owner_id, slot in sorted(known.keys() - wanted.keys()):
            is_it = _is_place(kind, owner_id, slot)
            await self._connection.run(delete(image_places).where(is_it))
        statement = self._connection.insert(image_places)
        changed = {
            "key": statement.excluded.key,
            "campaign_id": statement.excluded.campaign_id,
        }
        await self._connection.run_many(
            statement.on_conflict_do_update(
                index_elements=["kind", "owner_id", "slot"], set_=changed
            ),
            [
                {"kind": p[0], "owner_id": p[1], "slot": p[2], "key": key, "campaign_id": campaign}
                for p, (key, campaign) in sorted(wanted.items())
                if known.get(p) != (key, campaign)
            ],
        )

    def _of_owners(self, owners: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
        by_kind: defaultdict[str, list[str]] = defaultdict(list)
        for kind, owner_id in owners:
            by_kind[kind].append(owner_id)
        return or_(
            *(
                and_(
                    image_places.c.kind == kind,
                    self._connection.among(image_places.c.owner_id, ids),
                )
                for kind, ids in sorted(by_kind.items())
            )
        )

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
            select(*_ROW)
            .join(images, images.c.key == image_places.c.key)
            .where(self._connection.among(image_places.c.key, keys))
        )
        # A picture that belongs to several places comes once for each: the first is as good.
        rows = {
            row.key: _read(row)
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

    async def of(self, places: Sequence[Place]) -> Mapping[Place, ImageRow]:
        """The pictures that belong to places."""
        if not places:
            return {}
        owners = sorted({(place.kind.value, clean(place.owner_id)) for place in places})
        rows = await self._connection.all(
            select(*_ROW)
            .join(image_places, image_places.c.key == images.c.key)
            .where(self._of_owners(owners))
        )
        found = {(row.kind, row.owner_id, row.slot): _read(row) for row in rows}
        names = {place: (place.kind.value, clean(place.owner_id), place.slot) for place in places}
        return {place: found[name] for place, name in names.items() if name in found}

    async def whole(self, kind: ImageKind, owner_ids: Sequence[str]) -> Mapping[str, str]:
        """The keys of owners' pictures that have their file, by owner; of several slots, any."""
        if not owner_ids:
            return {}
        rows = await self._connection.all(
            select(image_places.c.owner_id, image_places.c.key)
            .join(images, images.c.key == image_places.c.key)
            .where(
                image_places.c.kind == kind.value,
                self._connection.among(image_places.c.owner_id, owner_ids),
                _HAS_FILE,
            )
        )
        return {row.owner_id: row.key for row in rows}

    async def has(self, kind: ImageKind, campaign_id: str) -> bool:
        """Whether a campaign has any picture of a kind."""
        found = await self._connection.first(
            select(image_places.c.key)
            .where(image_places.c.campaign_id == campaign_id, image_places.c.kind == kind.value)
            .limit(1)
        )
        return found is not None

    async def file_of(self, key: str, size: Size) -> Blob | None:
        """The file of a picture in a size."""
        row = await self._connection.first(
            select(renditions.c.digest, renditions.c.size_bytes)
            .join(images, images.c.digest == renditions.c.source)
            .where(images.c.key == key, renditions.c.size == size.value)
        )
        return None if row is None else Blob(digest=row.digest, size_bytes=row.size_bytes)

    async def by_public_key(self, public_key: str) -> ImageRow | None:
        """The picture with this public key."""
        row = await self._connection.first(
            select(*_ROW)
            .join(image_places, image_places.c.key == images.c.key)
            .where(images.c.public_key == public_key)
            .limit(1)
        )
        return None if row is None else _read(row)

    async def is_for_everyone(self, key: str) -> bool:
        """Whether a picture belongs anywhere but in posts that not everybody may read."""
        is_open = or_(image_places.c.kind != ImageKind.POST.value, posts.c.is_public.is_(True))
        found = await self._connection.first(
            select(image_places.c.key)
            .outerjoin(posts, posts.c.id == image_places.c.owner_id)
            .where(image_places.c.key == key, is_open)
            .limit(1)
        )
        return found is not None

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
            .where(_HAS_FILE, images.c.used_at < before, ~is_on_pages)
            .order_by(images.c.used_at)
            .limit(limit)
        )
        return [row.key for row in rows]

    async def drop(self, keys: Sequence[str]) -> Sequence[str]:
        """Forget pictures' files; gives the digests that nothing uses any more."""
        if not keys:
            return []
        is_dropped = self._connection.among(images.c.key, keys)
        rows = await self._connection.all(select(images.c.digest).where(is_dropped, _HAS_FILE))
        await self._connection.run(
            update(images).where(is_dropped).values(digest=None, due_at=None, url=None)
        )
        sources = sorted({row.digest for row in rows})
        unused = sorted(set(sources) - await self._sources(sources))
        made = await self._connection.all(
            select(renditions.c.digest).where(self._connection.among(renditions.c.source, unused))
        )
        await self._connection.run(
            delete(renditions).where(self._connection.among(renditions.c.source, unused))
        )
        candidates = sorted({*unused, *(row.digest for row in made)})
        return sorted(set(candidates) - await self.used(candidates))

    async def _sources(self, digests: Sequence[str]) -> set[str]:
        among = self._connection.among(images.c.digest, digests)
        return {
            row.digest for row in await self._connection.all(select(images.c.digest).where(among))
        }

    async def forget(self, kind: ImageKind, owner_ids: Sequence[str]) -> Sequence[str]:
        """Forget owners' pictures; gives the digests that nothing uses any more."""
        if not owner_ids:
            return []
        is_theirs = self._of_owners([(kind.value, clean(owner_id)) for owner_id in owner_ids])
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
            select(images.c.digest, images.c.size_bytes).where(_HAS_FILE),
            select(renditions.c.digest, renditions.c.size_bytes),
        ).subquery()
        total: int | None = await self._connection.value(select(func.sum(files.c.size_bytes)))
        return int(total or 0)

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
                func.coalesce(func.sum(images.c.size_bytes).filter(_HAS_FILE), 0).label(
                    "originals"
                ),
                func.coalesce(func.sum(made.c.size_bytes), 0).label("made"),
                func.min(images.c.fetched_at).filter(_HAS_FILE).label("oldest"),
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


def _is_place(kind: str, owner_id: str, slot: str) -> ColumnElement[bool]:
    return tuple_(*_PLACE) == tuple_(kind, owner_id, slot)


def _read(row: AnyRow) -> ImageRow:
    return ImageRow(
        key=row.key,
        public_key=row.public_key,
        kind=ImageKind(row.kind),
        owner_id=row.owner_id,
        campaign_id=row.campaign_id,
        url=row.url,
        expires_at=row.expires_at,
        due_at=row.due_at,
        digest=row.digest,
        attempts=row.attempts,
        failure=None if row.failure is None else ImageFailure(row.failure),
        width=row.width,
        height=row.height,
    )
