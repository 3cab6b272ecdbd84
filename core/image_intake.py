"""From a picture's link to files on the shelf, one picture at a time."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Protocol

from core.backoff import Random, delay
from core.errors import BotError, NotStored, TemporaryError
from core.image_rows import Blob, ImageRow, Place, Seen, Stored
from core.images import ImageFailure, ImageFetcher, ImageLink, ImageMissed, ImageRefused
from core.pictures import Imager, NotAPicture
from core.ports import Clock
from core.steps import step
from core.store import Store
from core.together import Together

log = logging.getLogger(__name__)

ReadLink = Callable[[str], ImageLink | None]
"""Reads an address; never raises, None when it cannot be one of a picture."""

ReadOwner = Callable[[ImageRow], Awaitable[Seen | None]]
"""Reads the owner of a picture again from Patreon; None when there is no such owner any more."""

DIES_SOON = timedelta(minutes=1)
"""A link that dies within this is renewed first."""

SOON = timedelta(seconds=30)
LATEST = timedelta(hours=6)
"""How long the wait after a failure that may pass is at first, and at last."""

LATER = timedelta(days=1)
LAST = timedelta(days=30)
"""The same for a failure that another try hardly cures."""

NOTED_AT_ONCE = 100
"""Pictures whose files are noted in one transaction."""

GATHERED_FOR = timedelta(milliseconds=10)
"""How long the first of them waits for others."""


class Draft(Protocol):
    """Something that is being written."""

    @property
    def path(self) -> Path:
        """Where the file lies, once it is settled."""
        ...

    def write(self, chunk: bytes, /) -> object:
        """Take all of `chunk`."""
        ...

    async def settle(self) -> None:
        """Bring what was written to the disk, where others may read it."""
        ...

    async def keep(self) -> str:
        """Give the file its place, durably, and tell its SHA-256 in hex."""
        ...


class Shelf(Protocol):
    """Files that are named by their SHA-256 in hex, and appear whole or not at all."""

    def draft(self) -> AbstractAsyncContextManager[Draft]:
        """Lend something to write into; gone at the block's end unless it was kept."""
        ...

    async def add(self, content: bytes) -> str:
        """Keep `content` durably and give its digest."""
        ...

    async def read(self, digest: str) -> bytes | None:
        """Read a file; None when it is not there, or was damaged and is removed."""
        ...


class Outcome(Enum):
    """What became of one picture."""

    FETCHED = "fetched"
    UNCHANGED = "unchanged"
    """It was fetched again and is what it was."""
    REPLACED = "replaced"
    """Its owner has another picture now, which is due."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one picture: `size_bytes` came over the wire, `kept_bytes` are its files'."""

    outcome: Outcome
    was_renewed: bool = False
    size_bytes: int = 0
    kept_bytes: int = 0
    failure: ImageFailure | None = None


class Intake:
    """Fetches a picture, decodes it, keeps its files and notes them, in this order.

    A process that dies in between leaves at most files that nothing names; the sweep finds them.
    """

    def __init__(
        self,
        store: Store,
        shelf: Shelf,
        fetcher: ImageFetcher,
        imager: Imager,
        *,
        read_link: ReadLink,
        read_owner: ReadOwner,
        public_key: Callable[[str], str],
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._fetcher = fetcher
        self._imager = imager
        self._read_link = read_link
        self._read_owner = read_owner
        self._public_key = public_key
        self._clock = clock
        self._random = random
        self._kept = Together(self._note, most=NOTED_AT_ONCE, pause=GATHERED_FOR)

    async def take(self, row: ImageRow) -> Taken:
        """Fetch a picture, renewing its link at most once; failures are noted, not raised."""
        renewed = False
        try:
            link = self._read_link(row.url) if row.url else None
            if link is None or link.is_expired(self._clock(), margin=DIES_SOON):
                renewed = True
                link = await self._renew(row)
            if link is None:
                return Taken(outcome=Outcome.REPLACED, was_renewed=True)
            try:
                stored = await self._bring(link)
            except ImageRefused as error:
                if error.reason is not ImageFailure.EXPIRED or renewed:
                    raise
                renewed = True
                link = await self._renew(row)
                if link is None:
                    return Taken(outcome=Outcome.REPLACED, was_renewed=True)
                stored = await self._bring(link)
        except BotError as error:
            failure = await self._failed(row, error)
            return Taken(outcome=Outcome.FAILED, was_renewed=renewed, failure=failure)
        await self._kept.do((row.key, stored))
        is_same = row.digest == stored.file.digest
        return Taken(
            outcome=Outcome.UNCHANGED if is_same else Outcome.FETCHED,
            was_renewed=renewed,
            size_bytes=stored.file.size_bytes,
            kept_bytes=sum(blob.size_bytes for blob in {stored.file, *stored.sizes.values()}),
        )

    async def _note(self, kept: Sequence[tuple[str, Stored]]) -> None:
        async with self._store.write() as work:
            await work.images.keep(dict(kept), at=self._clock())
            step("images.noted")
        step("images.committed")

    async def meet(self, place: Place, campaign_id: str) -> ImageRow | None:
        """Read an owner whose pictures were never noted; None when there is no such picture.

        Raises:
            BotError: Patreon cannot be asked.
        """
        unknown = ImageRow(
            key="",
            public_key="",
            kind=place.kind,
            owner_id=place.owner_id,
            campaign_id=campaign_id,
            url=None,
            expires_at=None,
            due_at=None,
            digest=None,
            width=None,
            height=None,
            attempts=0,
            failure=None,
        )
        seen = await self._read_owner(unknown)
        if seen is None:
            return None
        async with self._store.write() as work:
            await work.images.see([seen], public_key=self._public_key, at=self._clock())
            return (await work.images.of([place])).get(place)

    async def _renew(self, row: ImageRow) -> ImageLink | None:
        """Read the owner once; None when it no longer has this picture."""
        seen = await self._read_owner(row)
        step("images.renewed")
        if seen is None:
            raise ImageRefused(
                "Patreon no longer knows whose picture it is.", reason=ImageFailure.GONE
            )
        async with self._store.write() as work:
            await work.images.see([seen], public_key=self._public_key, at=self._clock())
        links = {link.key: link for link in seen.links.values()}
        if row.key in links:
            return links[row.key]
        async with self._store.write() as work:
            await work.images.fail(row.key, ImageFailure.GONE, due_at=None, forget_url=True)
        return None

    async def _bring(self, link: ImageLink) -> Stored:
        async with self._shelf.draft() as draft:
            fetched = await self._fetcher.fetch(link, draft)
            await draft.settle()
            step("images.fetched")
            rendered = await self._imager.render(draft.path)
            step("images.rendered")
            digest = await draft.keep()
            step("images.kept")
        # Sizes that a picture is smaller than are the same file.
        files = {content: Blob(digest="", size_bytes=0) for content in rendered.sizes.values()}
        for content in files:
            files[content] = Blob(digest=await self._shelf.add(content), size_bytes=len(content))
        sizes = {size: files[content] for size, content in rendered.sizes.items()}
        step("images.sized")
        return Stored(
            file=Blob(digest=digest, size_bytes=fetched.size_bytes),
            media_type=fetched.media_type,
            width=rendered.width,
            height=rendered.height,
            sizes=sizes,
        )

    async def _failed(self, row: ImageRow, error: BotError) -> ImageFailure:
        """Note a failure, and when the picture is tried again."""
        reason = reason_of(error)
        attempts = row.attempts + 1
        if isinstance(error, TemporaryError):
            wait = delay(attempts, first=SOON, longest=LATEST, random=self._random)
            wait = max(wait, error.retry_after or timedelta())
        else:
            wait = delay(attempts, first=LATER, longest=LAST, random=self._random)
        log.debug(
            "picture not fetched",
            extra={"kind": row.kind.value, "owner_id": row.owner_id, "reason": reason.value},
        )
        async with self._store.write() as work:
            await work.images.fail(
                row.key,
                reason,
                due_at=self._clock() + wait,
                forget_url=reason is ImageFailure.EXPIRED,
            )
        return reason


_OTHERWISE: Mapping[type[BotError], ImageFailure] = {
    NotAPicture: ImageFailure.NOT_AN_IMAGE,
    NotStored: ImageFailure.NOT_STORED,
    TemporaryError: ImageFailure.AWAY,
}


def reason_of(error: BotError) -> ImageFailure:
    """Tell why a picture could not be had."""
    if isinstance(error, (ImageRefused, ImageMissed)):
        return error.reason
    return next(
        (failure for kind, failure in _OTHERWISE.items() if isinstance(error, kind)),
        ImageFailure.REJECTED,
    )
