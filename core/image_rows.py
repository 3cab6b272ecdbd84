"""What the database knows about pictures: whose they are, where their files lie, what failed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from core.images import ImageFailure, ImageKind, ImageLink
from core.pictures import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a picture belongs: `slot` tells an owner's pictures apart ("banner", "avatar", "0")."""

    kind: ImageKind
    owner_id: str
    slot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An owner's pictures as Patreon just named them: exactly these, by slot."""

    kind: ImageKind
    owner_id: str
    campaign_id: str
    links: Mapping[str, ImageLink]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A file on the shelf: its SHA-256 and its size."""

    digest: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A picture that was fetched and decoded; `sizes` are made from `file`."""

    file: Blob
    media_type: str
    width: int
    height: int
    sizes: Mapping[Size, Blob]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRow:
    """What is known about one picture.

    `digest` is None while there is no file. `url` is the newest link as long as it is needed to
    fetch the file; None means that the owner has to be read again first. `expires_at` is when
    that link dies, or died. `due_at` is when it is tried (again), None when it need not or cannot
    be. `failure` is why the last try failed. `width` and `height` are those of the last file.
    """

    key: str
    public_key: str
    kind: ImageKind
    owner_id: str
    campaign_id: str
    url: str | None = field(repr=False)
    expires_at: datetime | None
    due_at: datetime | None
    digest: str | None
    attempts: int
    failure: ImageFailure | None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCounts:
    """How many pictures there are; `failures` by reason, bytes with all sizes."""

    known: int
    cached: int
    waiting: int
    failures: Mapping[ImageFailure, int]
    size_bytes: int
    oldest_fetched_at: datetime | None
    next_expires_at: datetime | None


class Images(Protocol):
    """The pictures of all campaigns."""

    async def see(
        self, seen: Sequence[Seen], *, public_key: Callable[[str], str], at: datetime
    ) -> int:
        """Note owners' pictures; gives how many keys are new.

        New pictures are due at once. A link that is fresher than the stored one replaces it where
        a file is still missing.
        """
        ...

    async def due(
        self,
        at: datetime,
        *,
        limit: int,
        campaign_ids: Sequence[str] | None = None,
        kinds: Sequence[ImageKind] = tuple(ImageKind),
    ) -> Sequence[ImageRow]:
        """The pictures to fetch, those that wait longest first; None: of every campaign."""
        ...

    async def next_due(self) -> datetime | None:
        """When the next picture is due."""
        ...

    async def keep(self, kept: Mapping[str, Stored], *, at: datetime) -> None:
        """Note that pictures' files are on the shelf, by key; their links are forgotten."""
        ...

    async def fail(
        self, key: str, failure: ImageFailure, *, due_at: datetime | None, forget_url: bool = False
    ) -> None:
        """Note a failed try; None gives up until the owner is seen with another picture."""
        ...

    async def want(
        self,
        campaign_ids: Sequence[str],
        kinds: Sequence[ImageKind],
        *,
        at: datetime,
        with_files: bool,
    ) -> int:
        """Make pictures due that have no file, and, `with_files`, those that have one, too."""
        ...

    async def lose(self, digests: Sequence[str], *, at: datetime) -> int:
        """Note that files are gone, whatever they are used for: their pictures are due again."""
        ...

    async def of(self, places: Sequence[Place]) -> Mapping[Place, ImageRow]:
        """The pictures that belong to places."""
        ...

    async def whole(self, kind: ImageKind, owner_ids: Sequence[str]) -> Mapping[str, str]:
        """The keys of owners' pictures that have their file, by owner; of several slots, any."""
        ...

    async def has(self, kind: ImageKind, campaign_id: str) -> bool:
        """Whether a campaign has any picture of a kind."""
        ...

    async def file_of(self, key: str, size: Size) -> Blob | None:
        """The file of a picture in a size."""
        ...

    async def by_public_key(self, public_key: str) -> ImageRow | None:
        """The picture with this public key."""
        ...

    async def is_for_everyone(self, key: str) -> bool:
        """Whether a picture belongs anywhere but in posts that not everybody may read."""
        ...

    async def touch(self, keys: Sequence[str], *, at: datetime) -> None:
        """Note that pictures were shown."""
        ...

    async def stale(self, before: datetime, *, limit: int) -> Sequence[str]:
        """Keys of pictures with a file that nobody saw since `before`, the longest unseen first.

        Pictures that pages show for as long as they exist, those of campaigns and tiers, are
        never among them.
        """
        ...

    async def drop(self, keys: Sequence[str]) -> Sequence[Blob]:
        """Forget pictures' files; gives those that nothing uses any more."""
        ...

    async def forget(self, kind: ImageKind, owner_ids: Sequence[str]) -> Sequence[Blob]:
        """Forget owners' pictures with their links; gives the files that nothing uses any more.

        A picture that is somebody else's, too, stays theirs.
        """
        ...

    async def tidy(self) -> int:
        """Forget pictures that belong nowhere and have no file; gives how many."""
        ...

    async def used(self, digests: Sequence[str]) -> set[str]:
        """Those of `digests` that belong to a picture."""
        ...

    async def size_bytes(self) -> int:
        """What all files take."""
        ...

    async def counts(self, campaign_ids: Sequence[str]) -> Mapping[ImageKind, ImageCounts]:
        """How the pictures of these campaigns are, by kind."""
        ...
