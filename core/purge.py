"""Deleting what has had its time: webhooks' bodies, which hold personal data, the audit, who former
members were, and what is left of posts that were not published.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.alarm import Alarm
from core.backoff import Random
from core.feed import FeedPolicy
from core.forgetting import empty_bodies, fade_former
from core.ports import Clock
from core.retelling import Retelling
from core.store import Store, Work

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
AT_ONCE = timedelta(minutes=1)
"""How often to look when bodies are not kept at all."""

CHUNK = 100
FADED_AT_ONCE = 20
"""Members who fade in one transaction: each may have many announcements."""

MOST_CHUNKS = 100_000
KEEP_FORMS = timedelta(days=30)
"""How long a form of a post is kept as it came."""

KEEP_DISCARDED = timedelta(days=90)
"""How long a discarded post can be taken up again."""

KEEP_EMPTIED = timedelta(days=365)
"""How long an event without its body is remembered: when it came and what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long bodies are kept, of events that were dealt with and of those set aside; how long
    the audit's entries are; and how long it is who a former member was, which zero keeps for good.
    """

    done: timedelta
    parked: timedelta
    audit: timedelta = timedelta(days=365)
    former: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What a purge did. `given_up` events had been set aside for so long that nobody will act.

    `faded` are former members of whom nobody knows any more who they were; `emptied` are bodies;
    `posts` are forms and discarded drafts.
    """

    emptied: int = 0
    given_up: int = 0
    forgotten: int = 0
    audit: int = 0
    faded: int = 0
    posts: int = 0


class Purge:
    """Deletes what has had its time, in short transactions between those of others.

    `policy` is what the announcements of former members were made by.
    """

    def __init__(
        self,
        store: Store,
        keeping: Keeping,
        *,
        clock: Clock,
        random: Random,
        alarm: Alarm,
        policy: FeedPolicy | None = None,
    ) -> None:
        self._retelling = Retelling(policy or FeedPolicy())
        self._looked_at: datetime | None = None
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

        async def forget_forms(work: Work) -> int:
            return await work.submissions.forget(now - KEEP_FORMS, limit=CHUNK)

        async def forget_drafts(work: Work) -> int:
            return await work.drafts.forget(now - KEEP_DISCARDED, limit=CHUNK)

        purged = Purged(
            given_up=await self._in_chunks(give_up),
            emptied=await self._in_chunks(empty) + await self._empty_of_forgotten(now),
            forgotten=await self._in_chunks(forget),
            audit=await self._in_chunks(forget_audit),
            faded=await self._fade(now),
            posts=await self._in_chunks(forget_forms) + await self._in_chunks(forget_drafts),
        )
        if purged.given_up:
            log.warning("events discarded that nobody took up", extra={"events": purged.given_up})
        if purged != Purged():
            facts = {"bodies": purged.emptied + purged.given_up, "forgotten": purged.forgotten}
            facts |= {"audit": purged.audit, "faded": purged.faded, "posts": purged.posts}
            log.info("what had its time was deleted", extra=facts)
        return purged

    async def _empty_of_forgotten(self, now: datetime) -> int:
        """Delete what webhooks said of people who are forgotten; all of it after a start.

        Most of it is deleted when the webhook is processed; a sync does not look for it.
        """
        async with self._store.read() as work:
            ids = await work.people.forgotten_ids()
        emptied = 0
        if ids:
            since = self._looked_at and self._looked_at - AT_ONCE
            emptied = await empty_bodies(self._store, ids, at=now, ended_after=since)
        self._looked_at = now
        return emptied

    async def _fade(self, now: datetime) -> int:
        if not self._keeping.former:
            return 0
        row = count = 0
        for _ in range(MOST_CHUNKS):
            async with self._store.write() as work:
                faded = await fade_former(
                    work,
                    self._retelling,
                    left_by=now - self._keeping.former,
                    after_row=row,
                    limit=FADED_AT_ONCE,
                    at=now,
                )
            count += faded.count
            row = faded.last_row
            if faded.count < FADED_AT_ONCE:
                break
            self._alarm.go_on()
            # Whoever waits for the database goes first.
            await asyncio.sleep(0)
        return count

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
