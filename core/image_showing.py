"""Showing pictures: from our own files, fetched for who waits, or something that stands in."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from core.alarm import Alarm
from core.errors import BotError, NotStored, TemporaryError
from core.image_errands import Errands
from core.image_intake import Intake, Shelf
from core.image_rows import Blob, ImageRow, Place
from core.image_takes import Takes
from core.images import ImageKind
from core.pictures import Imager, Size
from core.portraits import Portrait
from core.ports import Clock
from core.store import Store

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=5)
"""How long somebody who wants to see a picture waits for it to be fetched."""

NOTED_EVERY = timedelta(minutes=10)
"""A picture that is shown again within this is not noted again: showing costs no transaction."""

MOST_NOTED = 10_000
MOST_DRAWN = 64
LONGEST_DRAWN = timedelta(minutes=1)


class Showing:
    """Gives out pictures; who stops waiting interrupts nothing."""

    def __init__(
        self,
        store: Store,
        shelf: Shelf,
        intake: Intake,
        takes: Takes,
        imager: Imager,
        *,
        clock: Clock,
        alarm: Alarm,
        patience: timedelta,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._intake = intake
        self._takes = takes
        self._imager = imager
        self._clock = clock
        self._alarm = alarm
        self._patience = patience
        self._placeholders: dict[tuple[ImageKind, Size], bytes] = {}
        self._noted: dict[str, datetime] = {}
        self._drawn = Errands[tuple[str, Size], bytes | None](most=MOST_DRAWN)

    async def portrait(
        self, portrait: Portrait, size: Size, *, campaign_id: str | None = None
    ) -> bytes | None:
        """Give a picture as WebP: the owner's, else the initials, else the placeholder.

        With `campaign_id`, an owner there whose pictures were never noted is read from Patreon
        first. None: nothing at all can be drawn right now.
        """
        place = Place(kind=portrait.kind, owner_id=portrait.owner_id, slot=portrait.slot)
        async with self._store.read() as work:
            row = (await work.images.of([place])).get(place)
            blob = None if row is None else await work.images.file_of(row.key, size)
        if row is None and campaign_id is not None:
            row = await self._meet(place, campaign_id)
        try:
            content = None if row is None else await self._show(row, size, blob)
            if content is None and portrait.initials:
                content = await self._initials(portrait.initials, size)
            return content or await self.placeholder(portrait.kind, size)
        except TemporaryError as error:
            log.warning("no picture to show", extra={"reason": str(error)})
            return None

    async def _meet(self, place: Place, campaign_id: str) -> ImageRow | None:
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                return await self._intake.meet(place, campaign_id)
        except (BotError, TimeoutError) as error:
            log.info("picture's owner not read", extra={"reason": type(error).__name__})
            return None

    async def find(self, public_key: str) -> ImageRow | None:
        """Find the picture with a public key."""
        async with self._store.read() as work:
            return await work.images.by_public_key(public_key)

    async def is_for_everyone(self, row: ImageRow) -> bool:
        """Tell whether everybody may see a picture: it is in no post, or in a public one."""
        if row.kind is not ImageKind.POST:
            return True
        async with self._store.read() as work:
            return await work.images.is_for_everyone(row.key)

    async def show(self, row: ImageRow, size: Size, *, fetch: bool = True) -> bytes | None:
        """Give a picture as WebP; None when it cannot be had right now.

        One that is missing is fetched at once, when it can be; not without `fetch`.
        """
        return await self._show(row, size, await self._file_of(row, size), fetch=fetch)

    async def _show(
        self, row: ImageRow, size: Size, blob: Blob | None, *, fetch: bool = True
    ) -> bytes | None:
        content = await self._read(row, blob)
        if content is None and fetch and _may_be_had(row, now=self._clock()):
            if await self._takes.wanted(row, patience=self._patience) is None:
                return None
            content = await self._read(row, await self._file_of(row, size))
        return content

    async def placeholder(self, kind: ImageKind, size: Size) -> bytes:
        """Give what stands where a picture of `kind` cannot be had, as WebP.

        Raises:
            TemporaryError: it cannot be drawn right now.
        """
        drawn = self._placeholders.get((kind, size))
        if drawn is None:
            drawn = await self._draw(
                (f"placeholder {kind.value}", size), lambda: self._imager.placeholder(kind, size)
            )
            if drawn is None:
                raise TemporaryError("The placeholder was not drawn.")
            self._placeholders[kind, size] = drawn
        return drawn

    async def _initials(self, text: str, size: Size) -> bytes | None:
        return await self._draw(
            (f"initials {text}", size), lambda: self._imager.initials(text, size)
        )

    async def _draw(
        self, key: tuple[str, Size], work: Callable[[], Awaitable[bytes | None]]
    ) -> bytes | None:
        try:
            return await self._drawn.run(key, work, patience=LONGEST_DRAWN)
        except TimeoutError as error:
            raise TemporaryError("Too many pictures wait to be drawn.") from error

    async def _file_of(self, row: ImageRow, size: Size) -> Blob | None:
        async with self._store.read() as work:
            return await work.images.file_of(row.key, size)

    async def _read(self, row: ImageRow, blob: Blob | None) -> bytes | None:
        if blob is None:
            return None
        try:
            content = await self._shelf.read(blob.digest)
        except NotStored as error:
            # It may be whole, so nothing is noted; what is fetched instead takes its place.
            log.warning("picture file not read", extra={"reason": str(error)})
            return None
        now = self._clock()
        if content is not None:
            await self._note_shown(row.key, now)
            return content
        log.warning("picture file lost or damaged", extra={"digest": blob.digest})
        async with self._store.write() as work:
            await work.images.lose([blob.digest], at=now)
        self._alarm.ring()
        return None

    async def _note_shown(self, key: str, now: datetime) -> None:
        noted_at = self._noted.get(key)
        if noted_at is not None and timedelta() <= now - noted_at < NOTED_EVERY:
            return
        while len(self._noted) >= MOST_NOTED:
            del self._noted[next(iter(self._noted))]
        self._noted[key] = now
        async with self._store.write() as work:
            await work.images.touch([key], at=now)

    async def close(self) -> None:
        """Cut short what somebody waited for."""
        await self._takes.close()
        await self._drawn.close()


def _may_be_had(row: ImageRow, *, now: datetime) -> bool:
    """Tell whether to try at once: what failed a moment ago waits for its turn."""
    return row.failure is None or (row.due_at is not None and row.due_at <= now)
