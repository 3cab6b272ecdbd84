"""Whose pictures they are, as Patreon last named them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select, tuple_, update

from core.image_rows import ImageRow, Place, Seen
from core.images import ImageFailure, ImageKind
from storage.connection import AnyRow, Connection
from storage.tables import image_places, images, posts
from storage.text import clean

PLACE = (image_places.c.kind, image_places.c.owner_id, image_places.c.slot)
"""What tells places apart."""

ROW = (
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
    *PLACE,
    image_places.c.campaign_id,
)
"""What `read_row` needs."""


class SqlImagePlaces:
    """Where pictures belong."""

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
            select(*PLACE, image_places.c.key, image_places.c.campaign_id).where(
                self.of_owners(sorted(owners))
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

    def of_owners(self, owners: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
        """Say that a place is one of these owners', by kind and id."""
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

    async def of(self, places: Sequence[Place]) -> Mapping[Place, ImageRow]:
        """The pictures that belong to places."""
        if not places:
            return {}
        owners = sorted({(place.kind.value, clean(place.owner_id)) for place in places})
        rows = await self._connection.all(
            select(*ROW)
            .join(image_places, image_places.c.key == images.c.key)
            .where(self.of_owners(owners))
        )
        found = {(row.kind, row.owner_id, row.slot): read_row(row) for row in rows}
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
                images.c.digest.is_not(None),
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


def _is_place(kind: str, owner_id: str, slot: str) -> ColumnElement[bool]:
    return tuple_(*PLACE) == tuple_(kind, owner_id, slot)


def read_row(row: AnyRow) -> ImageRow:
    """Read a picture with one of its places."""
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
