"""Backups by the clock: one is made when it is due, proven, noted, and the oldest ones go."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from core.alarm import Alarm
from core.backoff import Random, delay
from core.errors import BotError
from core.notices import Notices
from core.ports import Clock
from core.store import Store, Work
from core.troubles import BACKUP_FAILED

log = logging.getLogger(__name__)

FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=1)
_NOTE = "backup"

MakeBackup = Callable[[Callable[[], None]], Awaitable[int]]
"""Makes a backup and restores it once in a scratch place; gives its size in bytes.

What it is given is called between pieces of work, from any thread, and ends the work by raising.
It raises a `BotError` when there is none.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupNote:
    """How the scheduled backups are doing.

    `at` is when the newest proven one was begun, `size` its bytes. `failures` counts what failed
    since then, `reason` says why in words for the operator.
    """

    at: datetime | None = None
    size: int = 0
    failures: int = 0
    failed_at: datetime | None = None
    reason: str = ""


class Backups:
    """Makes a backup every `interval`, counted from the last one, across restarts too.

    Staff hear of it once when one fails, and once when they work again.
    """

    def __init__(
        self,
        store: Store,
        make: MakeBackup,
        notices: Notices,
        *,
        interval: timedelta,
        clock: Clock,
        random: Random,
        alarm: Alarm,
    ) -> None:
        self._store = store
        self._make = make
        self._notices = notices
        self._interval = interval
        self._clock = clock
        self._random = random
        self._alarm = alarm

    async def run(self) -> None:
        """Make backups for good; one that failed is tried again soon, then every hour."""
        while True:
            self._alarm.go_on()
            note = await self._load()
            due_at = due(note, interval=self._interval, now=self._clock(), random=self._random)
            pause = self._alarm.pause(due_at - self._clock())
            while await pause.nap():
                pass
            await self.make()

    async def make(self) -> BackupNote:
        """Make a backup now and note what came of it."""
        begun_at = self._clock()
        before = await self._load()
        try:
            size = await self._make(self._alarm.go_on)
        except BotError as error:
            note = replace(
                before, failures=before.failures + 1, failed_at=begun_at, reason=str(error)
            )
            if not before.failures:
                log.error("backup failed", extra={"reason": str(error)})  # noqa: TRY400
        else:
            note = BackupNote(at=begun_at, size=size)
            if before.failures:
                log.info("backups work again", extra={"failures": before.failures})
        async with self._store.write() as work:
            await work.notes.set(_NOTE, _ADAPTER.dump_json(note).decode())
        await self._notices.note_of_bot(BACKUP_FAILED, is_on=note.failures > 0)
        return note

    async def _load(self) -> BackupNote:
        async with self._store.read() as work:
            return await load_backup(work) or BackupNote()


def due(note: BackupNote, *, interval: timedelta, now: datetime, random: Random) -> datetime:
    """Say when the next backup is due.

    A time in the future, which only a wrong clock has noted, does not put it off.
    """
    if note.failures and note.failed_at is not None:
        wait = delay(note.failures, first=FIRST_RETRY, longest=LONGEST_RETRY, random=random)
        return min(note.failed_at, now) + min(wait, interval)
    return now if note.at is None else min(note.at, now) + interval


async def load_backup(work: Work) -> BackupNote | None:
    """Recall how the scheduled backups are doing, None when none was ever tried."""
    text = await work.notes.get(_NOTE)
    if not text:
        return None
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError:
        return None


_ADAPTER = TypeAdapter(BackupNote)
"""The note as JSON."""
