"""Deleting what has had its time: webhooks' bodies, which hold personal data, and the audit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from core.alarm import Alarm
from core.backoff import Random
from core.ports import Clock
from core.store import Store, Work

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
AT_ONCE = timedelta(minutes=1)
"""How often to look when bodies are not kept at all."""

CHUNK = 100
MOST_CHUNKS = 100_000
KEEP_EMPTIED = timedelta(days=365)
"""How long an event without its body is remembered: when it came and what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long bodies are kept, of events that were dealt with and of those set aside; and how
    long the audit's entries are.
    """

    done: timedelta
    parked: timedelta
    audit: timedelta = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What a purge did. `given_up` events had been set aside for so long that nobody will act."""

    emptied: int = 0
    given_up: int = 0
    forgotten: int = 0
    audit: int = 0


class Purge:
    """Deletes what has had its time, in short transactions between those of others."""

    def __init__(
        self, store: Store, keeping: Keeping, *, clock: Clock, random: Random, alarm: Alarm
    ) -> None:
        self._store = store
        self._keeping = keeping
        self._clock = clock
        self._random = random
        self._alarm = alarm

    async def run(self) -> None:
        """Purge at start and then daily, or every minute when nothing is kept; for good."""
        interval = EVERY if self._keeping.done else AT_ONCE
        while True:
            self._alarm.go_on()
            await self.purge()
            pause = self._alarm.pause(interval * (1 + self._random() / 10))
            while await pause.nap():
                pass

    async def purge(self) -> Purged:
        """Delete everything whose time is over by now."""
        now = self._clock()

        async def give_up(work: Work) -> int:
            return await work.letters.discard_parked(
                parked_by=now - self._keeping.parked,
                at=now,
                by=f"the bot, after {_days(self._keeping.parked)}",
                limit=CHUNK,
            )

        async def empty(work: Work) -> int:
            ended_by = now - self._keeping.done
            return await work.letters.delete_bodies(ended_by=ended_by, at=now, limit=CHUNK)

        async def forget(work: Work) -> int:
            return await work.letters.forget(emptied_by=now - KEEP_EMPTIED, limit=CHUNK)

        async def forget_audit(work: Work) -> int:
            return await work.audit.forget(made_by=now - self._keeping.audit, limit=CHUNK)

        purged = Purged(
            given_up=await self._in_chunks(give_up),
            emptied=await self._in_chunks(empty),
            forgotten=await self._in_chunks(forget),
            audit=await self._in_chunks(forget_audit),
        )
        if purged.given_up:
            log.warning("events discarded that nobody took up", extra={"events": purged.given_up})
        if purged != Purged():
            facts = {"bodies": purged.emptied + purged.given_up, "forgotten": purged.forgotten}
            log.info("webhook bodies deleted", extra=facts | {"audit": purged.audit})
        return purged

    async def _in_chunks(self, delete: Callable[[Work], Awaitable[int]]) -> int:
        deleted = 0
        for _ in range(MOST_CHUNKS):
            async with self._store.write() as work:
                count = await delete(work)
            deleted += count
            if count < CHUNK:
                break
            self._alarm.go_on()
            # Whoever waits for the database goes first.
            await asyncio.sleep(0)
        return deleted


def _days(span: timedelta) -> str:
    return "1 day" if span.days == 1 else f"{span.days} days"
