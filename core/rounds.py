"""The periodic rounds: the timer's door to the sync."""

import asyncio
import logging
from datetime import timedelta

from core.alarm import Alarm
from core.backoff import Random, delay
from core.errors import UserError
from core.outbox import Outbox
from core.ports import Clock
from core.store import Store
from core.sync import Sync

log = logging.getLogger(__name__)

REVIVED = timedelta(days=1)
"""Announcements that were set aside are tried again while they are not older than this."""

LONGEST_DELAY = timedelta(hours=2)
"""More than any wait that Patreon or Discord asks for: only a wrong clock puts off further."""


class Rounds:
    """At start and then every `interval`: mends what was set aside and syncs every campaign."""

    def __init__(
        self,
        store: Store,
        sync: Sync,
        outbox: Outbox,
        *,
        interval: timedelta,
        clock: Clock,
        random: Random,
        alarm: Alarm,
    ) -> None:
        self._store = store
        self._sync = sync
        self._outbox = outbox
        self._interval = interval
        self._clock = clock
        self._random = random
        self._alarm = alarm

    async def run(self) -> None:
        """Make rounds for good; a round that failed is tried again soon, then less often."""
        failed = 0
        while True:
            self._alarm.go_on()
            failed = 0 if await self.make_round() else failed + 1
            wait = self._interval * (1 + self._random() / 10)
            if failed:
                wait = min(wait, delay(failed, first=timedelta(seconds=5), random=self._random))
            await self._sleep(wait)

    async def _sleep(self, wait: timedelta) -> None:
        # By the loop's clock: the wall clock may be set back, and then it would be a long wait.
        loop = asyncio.get_running_loop()
        end = loop.time() + wait.total_seconds()
        while (left := end - loop.time()) > 0:
            await self._alarm.wait(self._clock() + timedelta(seconds=left))

    async def mend(self) -> None:
        """Try again what was set aside, and what a wrong clock put off too far."""
        now = self._clock()
        async with self._store.write() as work:
            await work.announcements.mend_times(now, latest=now + LONGEST_DELAY)
            await work.events.mend_times(now, latest=now + LONGEST_DELAY)
        await self._outbox.revive(younger_than=REVIVED)

    async def make_round(self) -> bool:
        """Mend, discover campaigns and sync them all; tells whether everything went well."""
        await self.mend()
        failures = await self._sync.discover()
        async with self._store.read() as work:
            campaigns = await work.campaigns.all()
        for stored in campaigns:
            self._alarm.go_on()
            beat = self._alarm.pulse.beat
            try:
                failures += (await self._sync.run(stored.campaign.id, beat=beat)).failures
            except UserError:
                # Somebody's sync of this campaign is under way, which is as good.
                continue
        if failures:
            log.warning("round failed in part", extra={"failures": failures})
        return not failures
