"""Pictures that never break: fetched before their links die, shown from our own files."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from core.alarm import Alarm
from core.audit import AuditEntry
from core.errors import UserError
from core.image_intake import Intake, Outcome, Shelf, Taken
from core.image_rows import ImageCounts
from core.image_showing import PATIENCE, Showing
from core.image_sweep import Sweeper
from core.image_takes import Takes
from core.images import ImageFailure, ImageKind
from core.pictures import Imager
from core.ports import Clock
from core.roster import not_linked
from core.store import Store

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


class Gallery(Showing):
    """Keeps the pictures: fetches what is due, refreshes on demand, gives out files.

    One refresh runs at a time. What it has done is in the database, so one that was cut short is
    carried on by the next, or by the worker. Close it at the end.
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
        patience: timedelta = PATIENCE,
    ) -> None:
        takes = Takes(intake, on_kept=sweeper.note_kept, beat=alarm.pulse.beat)
        super().__init__(
            store, shelf, intake, takes, imager, clock=clock, alarm=alarm, patience=patience
        )
        self._sweeper = sweeper
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
            taken = await self._takes.all(rows)
        self._takes.tell()
        await self._sweeper.make_room(beat=self._alarm.pulse.beat)
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
