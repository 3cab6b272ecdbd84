"""The outbox: brings channels to what is wanted, one step at a time."""

import asyncio
import logging
from datetime import datetime, timedelta

from core.alarm import Alarm
from core.announcements import Announcement, Step, Wanted, next_step
from core.backoff import Random, delay
from core.errors import (
    BotError,
    MessageGone,
    OutcomeUnknown,
    PermanentError,
    TemporaryError,
)
from core.ports import Clock, Publisher
from core.steps import step as passing
from core.store import Store

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
SEND_TIMEOUT = timedelta(minutes=1)
"""Shorter than the lease, which is shorter than `NONCE_WINDOW`: no two senders at once."""

AT_ONCE = 20
SLACK = timedelta(minutes=2)
"""How far Discord's clock and ours may differ when a message is searched by time."""


class Outbox:
    """Delivers announcements. Every step may be repeated without harm."""

    def __init__(
        self, store: Store, publisher: Publisher, *, clock: Clock, random: Random, alarm: Alarm
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._random = random
        self._alarm = alarm

    async def run(self) -> None:
        """Deliver announcements as they become due, for good."""
        while True:
            if await self.deliver_due():
                continue
            async with self._store.read() as work:
                next_due = await work.announcements.next_due()
            await self._alarm.wait(next_due)

    async def deliver_due(self) -> int:
        """Take one step for the oldest due announcement of each channel; gives how many."""
        async with self._store.write() as work:
            claimed = await work.announcements.claim_due(self._clock(), lease=LEASE, limit=AT_ONCE)
        if claimed:
            passing("deliver.claimed")
        await asyncio.gather(*(self._deliver(announcement) for announcement in claimed))
        return len(claimed)

    async def _deliver(self, announcement: Announcement) -> None:
        step = next_step(announcement, now=self._clock())
        try:
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                await self._take(step, announcement)
        except TimeoutError:
            await self._retry(announcement, OutcomeUnknown("Discord did not answer in time."))
        except MessageGone as error:
            await self._park(announcement, str(error))
        except PermanentError as error:
            log.warning(
                "announcement parked",
                extra={"channel_id": announcement.channel_id, "reason": str(error)},
            )
            await self._park(announcement, str(error))
        except TemporaryError as error:
            await self._retry(announcement, error)
        except BotError as error:
            await self._park(announcement, str(error))
        except Exception as error:
            log.exception("announcement failed", extra={"announcement": announcement.id})
            await self._retry(announcement, OutcomeUnknown(type(error).__name__))

    async def _take(self, step: Step, announcement: Announcement) -> None:
        """Take one step; each ends with what is shown now written down."""
        message_id = announcement.message_id
        channel_id, card = announcement.channel_id, announcement.card
        if step is Step.SEND:
            await self._mark_started(announcement)
            passing("deliver.started")
            message_id = await self._publisher.send(channel_id, card)
            passing("deliver.sent")
            await self._note(announcement, message_id)
            passing("deliver.noted")
        elif step is Step.SEARCH:
            await self._search(announcement)
        elif step is Step.EDIT and message_id is not None:
            await self._publisher.edit(channel_id, message_id, card)
            await self._note(announcement, message_id)
        elif step is Step.DELETE and message_id is not None:
            await self._publisher.delete(channel_id, message_id)
            await self._note(announcement, None)
        else:
            await self._note(announcement, message_id)

    async def _search(self, announcement: Announcement) -> None:
        """Find out how a send ended whose nonce Discord may have forgotten."""
        started = announcement.send_started_at or announcement.created_at
        message_id = await self._publisher.find(
            announcement.channel_id, announcement.card.marker, after=started - SLACK
        )
        async with self._store.write() as work:
            if message_id is None:
                await work.announcements.retry(
                    announcement.id, due_at=self._clock(), reason="was not sent", was_sent=False
                )
            elif announcement.wanted is Wanted.GONE:
                # Known now: the next step deletes it.
                await work.announcements.note_shown(
                    announcement.id, message_id=message_id, version=0, at=self._clock()
                )
            else:
                # What it shows may be an older version: the next step edits it, or finds nothing.
                await work.announcements.note_shown(
                    announcement.id,
                    message_id=message_id,
                    version=min(announcement.version, 1),
                    at=self._clock(),
                )

    async def _mark_started(self, announcement: Announcement) -> None:
        async with self._store.write() as work:
            await work.announcements.mark_started(announcement.id, at=self._clock())

    async def _note(self, announcement: Announcement, message_id: int | None) -> None:
        async with self._store.write() as work:
            await work.announcements.note_shown(
                announcement.id,
                message_id=message_id,
                version=announcement.version,
                at=self._clock(),
            )

    async def _retry(self, announcement: Announcement, error: TemporaryError) -> None:
        wait = error.retry_after or delay(announcement.attempts, random=self._random)
        is_first = announcement.attempts == 1
        log.log(
            logging.WARNING if is_first else logging.DEBUG,
            "announcement put off",
            extra={"channel_id": announcement.channel_id, "reason": str(error)},
        )
        due_at: datetime = self._clock() + wait
        async with self._store.write() as work:
            await work.announcements.retry(
                announcement.id,
                due_at=due_at,
                reason=str(error),
                was_sent=isinstance(error, OutcomeUnknown),
            )

    async def _park(self, announcement: Announcement, reason: str) -> None:
        async with self._store.write() as work:
            await work.announcements.park(announcement.id, reason=reason)
