"""How the processing of events ends: dealt with, put off, or set aside for a person."""

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta

from core.backoff import Random, delay
from core.errors import BotError, TemporaryError, TokenBroken, UserError
from core.inbox import Event
from core.meters import EVENTS, Meters
from core.ports import Clock
from core.store import Store

log = logging.getLogger(__name__)

BATCH = 200
"""Events written in one transaction: few, so that a webhook never waits long."""

MOST_ATTEMPTS = 10
"""After so many attempts an event that fails by itself is set aside for a person."""


class EventEnds:
    """Writes down how events ended, some at a time, and counts them."""

    def __init__(self, store: Store, *, clock: Clock, random: Random, meters: Meters) -> None:
        self._store = store
        self._clock = clock
        self._random = random
        self._meters = meters

    async def finish(
        self, events: Sequence[Event], note: str, campaign_id: str | None = None
    ) -> None:
        """Say that events are dealt with and how."""
        for ids in _batches(events):
            async with self._store.write() as work:
                await work.events.finish(ids, at=self._clock(), note=note, campaign_id=campaign_id)
        self._meters.count(EVENTS, "done", len(events))

    async def park(
        self, events: Sequence[Event], reason: str, campaign_id: str | None = None
    ) -> None:
        """Set events aside."""
        for ids in _batches(events):
            async with self._store.write() as work:
                await work.events.park(ids, reason=reason, campaign_id=campaign_id)
        self._meters.count(EVENTS, "set_aside", len(events))
        log.error("events set aside", extra={"events": len(events), "reason": reason})

    async def wait_or_finish(
        self, events: Sequence[Event], reason: str, campaign_id: str | None
    ) -> None:
        """Give an unknown campaign some time to become known, then let its events go."""
        attempts = max(event.attempts for event in events)
        if attempts < MOST_ATTEMPTS:
            wait = delay(attempts, random=self._random)
            await self.put_off(events, wait, reason, campaign_id)
        else:
            await self.finish(events, reason, campaign_id)

    async def put_off(
        self,
        events: Sequence[Event],
        wait: timedelta,
        reason: str,
        campaign_id: str | None,
        *,
        is_attempt: bool = True,
    ) -> None:
        """Try events again after a while; what was no attempt does not count as one."""
        due_at = self._clock() + wait
        for ids in _batches(events):
            async with self._store.write() as work:
                await work.events.retry(
                    ids,
                    due_at=due_at,
                    reason=reason,
                    campaign_id=campaign_id,
                    is_attempt=is_attempt,
                )
        self._meters.count(EVENTS, "put_off", len(events))

    async def failed(
        self, events: Sequence[Event], error: Exception, campaign_id: str | None
    ) -> None:
        """Keep events whose processing failed: for later, or for a person."""
        attempts = max(event.attempts for event in events)
        if _is_outage(error):
            wait = delay(attempts, random=self._random)
            if isinstance(error, TemporaryError) and error.retry_after is not None:
                wait = max(wait, error.retry_after)
            log.warning("event put off", extra={"events": len(events), "reason": str(error)})
            await self.put_off(events, wait, str(error), campaign_id)
            return
        if not isinstance(error, BotError):
            log.error("event failed", exc_info=error, extra={"events": len(events)})
        reason = str(error) if isinstance(error, BotError) else type(error).__name__
        worn = [event for event in events if event.attempts >= MOST_ATTEMPTS]
        fresh = [event for event in events if event.attempts < MOST_ATTEMPTS]
        if fresh:
            await self.put_off(fresh, delay(attempts, random=self._random), reason, campaign_id)
        if worn:
            await self.park(worn, reason, campaign_id)


def _batches(events: Sequence[Event]) -> Iterator[list[int]]:
    ids = [event.id for event in events]
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _is_outage(error: Exception) -> bool:
    """Whether Patreon is away rather than the event at fault: then it waits as long as it takes."""
    return isinstance(error, (TemporaryError, TokenBroken, UserError))
