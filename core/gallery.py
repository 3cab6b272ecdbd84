"""Pictures that never break: fetched before their links die, shown from our own files."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.alarm import Alarm
from core.audit import AuditEntry
from core.errors import BotError, TemporaryError, UserError
from core.image_intake import Intake, Outcome, Shelf, Taken
from core.image_rows import Blob, ImageCounts, ImageRow, Place
from core.image_sweep import Sweeper
from core.images import ImageFailure, ImageKind
from core.pictures import Imager, Size
from core.portraits import Portrait
from core.ports import Clock
from core.roster import not_linked
from core.store import Store

log = logging.getLogger(__name__)

AT_ONCE = 64
"""Pictures that are under way side by side, most of them on their way to the disk.

They are fetched a few at a time, and decoded one after the other.
"""

PATIENCE = timedelta(seconds=5)
"""How long somebody who wants to see a picture waits for it to be fetched."""

NOTED_EVERY = timedelta(minutes=10)
"""A picture that is shown again within this is not noted again: showing costs no transaction."""

MOST_NOTED = 10_000

BATCH = 200
MOST_BATCHES = 100_000
SWEEP_EVERY = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesReport:
    """What a refresh came to. `checked` is how many pictures there are."""

    checked: int = 0
    fresh: int = 0
    fetched: int = 0
    renewed: int = 0
    unchanged: int = 0
    replaced: int = 0
    failures: Mapping[ImageFailure, int] = field(default_factory=dict)
    size_bytes: int = 0

    @property
    def done(self) -> int:
        """How many were tried."""
        return self.fetched + self.unchanged + self.replaced + sum(self.failures.values())


Report = Callable[[ImagesReport], Awaitable[None]]
"""Told after every batch."""


async def _nobody(report: ImagesReport) -> None:
    return


class Gallery:
    """Keeps the pictures: fetches what is due, refreshes on demand, gives out files.

    One refresh runs at a time. What it has done is in the database, so one that was cut short is
    carried on by the next, or by the worker.
    """

    def __init__(
        self,
        store: Store,
        shelf: Shelf,
        intake: Intake,
        sweeper: Sweeper,
        imager: Imager,
        *,
        clock: Clock,
        alarm: Alarm,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._intake = intake
        self._sweeper = sweeper
        self._imager = imager
        self._placeholders: dict[tuple[ImageKind, Size], bytes] = {}
        self._noted: dict[str, datetime] = {}
        self._clock = clock
        self._alarm = alarm
        self._turn = asyncio.Lock()
        self._refreshing = False

    async def run(self) -> None:
        """Fetch what is due and sweep now and then, for good."""
        swept_at = None
        while True:
            self._alarm.go_on()
            if swept_at is None or self._clock() - swept_at >= SWEEP_EVERY:
                await self._sweeper.sweep(beat=self._alarm.pulse.beat)
                swept_at = self._clock()
            if await self.fetch_due():
                continue
            async with self._store.read() as work:
                next_due = await work.images.next_due()
            await self._alarm.wait(next_due)

    @property
    def max_bytes(self) -> int:
        """What the pictures of all campaigns together may take."""
        return self._sweeper.max_bytes

    def ring(self) -> None:
        """Wake the worker: there are new pictures."""
        self._alarm.ring()

    async def fetch_due(
        self,
        campaign_ids: Sequence[str] | None = None,
        *,
        kinds: Sequence[ImageKind] = tuple(ImageKind),
    ) -> list[Taken]:
        """Try one batch of the pictures that are due; gives what became of each."""
        async with self._turn:
            async with self._store.read() as work:
                rows = await work.images.due(
                    self._clock(), limit=BATCH, campaign_ids=campaign_ids, kinds=kinds
                )
            taken = await self._take(rows)
        if any(each.outcome is Outcome.FETCHED for each in taken):
            await self._sweeper.make_room()
        return taken

    async def refresh(
        self,
        campaign_ids: Sequence[str],
        *,
        kinds: Sequence[ImageKind] = tuple(ImageKind),
        force: bool = False,
        report: Report = _nobody,
    ) -> ImagesReport:
        """Fetch every picture of the campaigns that is missing; with `force`, the others, too.

        Raises:
            UserError: a refresh is under way already.
        """
        if self._refreshing:
            raise UserError("A refresh of the pictures is under way already; wait for its end.")
        self._refreshing = True
        try:
            return await self._refresh(campaign_ids, kinds, force, report)
        finally:
            self._refreshing = False

    async def refresh_of_guild(
        self,
        guild_id: int,
        *,
        user_id: int,
        kinds: Sequence[ImageKind] = tuple(ImageKind),
        force: bool = False,
        report: Report = _nobody,
    ) -> ImagesReport:
        """Refresh the pictures of the campaigns that a guild follows; `user_id` asked for it.

        Raises:
            UserError: it follows none, or a refresh is under way already.
        """
        campaign_ids = await self._followed(guild_id)
        entry = AuditEntry(
            at=self._clock(),
            guild_id=guild_id,
            user_id=user_id,
            action="images.refreshed",
            detail=f"Campaign {', '.join(campaign_ids)}{', with force' if force else ''}.",
        )
        async with self._store.write() as work:
            await work.audit.add(entry)
        return await self.refresh(campaign_ids, kinds=kinds, force=force, report=report)

    async def status_of_guild(self, guild_id: int) -> Mapping[ImageKind, ImageCounts]:
        """How the pictures of the campaigns are that a guild follows.

        Raises:
            UserError: it follows none.
        """
        return await self.status(await self._followed(guild_id))

    async def _followed(self, guild_id: int) -> list[str]:
        async with self._store.read() as work:
            links = await work.links.of_guild(guild_id)
        if not links:
            raise UserError(not_linked())
        return sorted({link.campaign_id for link in links})

    async def _refresh(
        self,
        campaign_ids: Sequence[str],
        kinds: Sequence[ImageKind],
        force: bool,
        report: Report,
    ) -> ImagesReport:
        async with self._store.write() as work:
            counts = await work.images.counts(campaign_ids)
            wanted = await work.images.want(campaign_ids, kinds, at=self._clock(), with_files=force)
        checked = sum(count.known for kind, count in counts.items() if kind in kinds)
        so_far = ImagesReport(checked=checked, fresh=max(checked - wanted, 0))
        # Each picture of a batch is kept or put off, so this ends long before.
        for _ in range(MOST_BATCHES):
            self._alarm.pulse.beat()
            taken = await self.fetch_due(campaign_ids, kinds=kinds)
            if not taken:
                break
            so_far = added(so_far, taken)
            await report(so_far)
        return so_far

    async def status(self, campaign_ids: Sequence[str]) -> Mapping[ImageKind, ImageCounts]:
        """How the pictures of these campaigns are."""
        async with self._store.read() as work:
            return await work.images.counts(campaign_ids)

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
                content = await self._imager.initials(portrait.initials, size)
            return content or await self.placeholder(portrait.kind, size)
        except TemporaryError as error:
            log.warning("no picture to show", extra={"reason": str(error)})
            return None

    async def _meet(self, place: Place, campaign_id: str) -> ImageRow | None:
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
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
            try:
                async with asyncio.timeout(PATIENCE.total_seconds()):
                    await self._intake.take(row)
            except TimeoutError:
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
            drawn = await self._imager.placeholder(kind, size)
            self._placeholders[kind, size] = drawn
        return drawn

    async def _file_of(self, row: ImageRow, size: Size) -> Blob | None:
        async with self._store.read() as work:
            return await work.images.file_of(row.key, size)

    async def _read(self, row: ImageRow, blob: Blob | None) -> bytes | None:
        if blob is None:
            return None
        content = await self._shelf.read(blob.digest)
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

    async def _take(self, rows: Sequence[ImageRow]) -> list[Taken]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def take(row: ImageRow) -> Taken:
            async with gate:
                taken = await self._intake.take(row)
                self._alarm.pulse.beat()
                return taken

        return list(await asyncio.gather(*(take(row) for row in rows)))


def _may_be_had(row: ImageRow, *, now: datetime) -> bool:
    """Tell whether to try at once: what failed a moment ago waits for its turn."""
    return row.failure is None or (row.due_at is not None and row.due_at <= now)


def added(report: ImagesReport, taken: Sequence[Taken]) -> ImagesReport:
    """Give the report with another batch counted in."""
    outcomes = Counter(each.outcome for each in taken)
    failures = Counter(report.failures)
    failures.update(each.failure for each in taken if each.failure is not None)
    return ImagesReport(
        checked=report.checked,
        fresh=report.fresh,
        fetched=report.fetched + outcomes[Outcome.FETCHED],
        renewed=report.renewed + sum(each.was_renewed for each in taken),
        unchanged=report.unchanged + outcomes[Outcome.UNCHANGED],
        replaced=report.replaced + outcomes[Outcome.REPLACED],
        failures=failures,
        size_bytes=report.size_bytes + sum(each.size_bytes for each in taken),
    )
