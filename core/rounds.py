"""The periodic rounds: the timer's door to the sync."""

import logging
from datetime import timedelta

from core.alarm import Alarm
from core.backoff import Random, delay
from core.errors import UserError
from core.ports import Clock
from core.store import Store
from core.sync import Sync

log = logging.getLogger(__name__)


class Rounds:
    """Syncs every campaign at start and then every `interval`."""

    def __init__(
        self,
        store: Store,
        sync: Sync,
        *,
        interval: timedelta,
        clock: Clock,
        random: Random,
        alarm: Alarm,
    ) -> None:
        self._store = store
        self._sync = sync
        self._interval = interval
        self._clock = clock
        self._random = random
        self._alarm = alarm

    async def run(self) -> None:
        """Make rounds for good; a round that failed is tried again soon, then less often."""
        failed = 0
        while True:
            failed = 0 if await self.make_round() else failed + 1
            wait = self._interval * (1 + self._random() / 10)
            if failed:
                wait = min(wait, delay(failed, first=timedelta(seconds=5), random=self._random))
            due_at = self._clock() + wait
            while self._clock() < due_at:
                await self._alarm.wait(due_at)

    async def make_round(self) -> bool:
        """Discover campaigns and sync them all; tells whether everything went well."""
        failures = await self._sync.discover()
        async with self._store.read() as work:
            campaigns = await work.campaigns.all()
        for stored in campaigns:
            try:
                failures += (await self._sync.run(stored.campaign.id)).failures
            except UserError:
                # Somebody's sync of this campaign is under way, which is as good.
                continue
        if failures:
            log.warning("round failed in part", extra={"failures": failures})
        return not failures
