"""The periodic rounds: the timer's door to the sync."""

import logging
from datetime import timedelta

from core.accounts import TokenState
from core.alarm import Alarm
from core.backoff import Random, delay
from core.errors import TemporaryError, UserError
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
    """At start and then every `interval`: mends what was set aside and syncs every campaign.

    In between, campaigns that are newly followed are synced for the first time.
    """

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
            pause = self._alarm.pause(wait)
            while await pause.nap():
                await self._begin_new()

    async def _begin_new(self) -> None:
        try:
            await self.begin_new()
        except TemporaryError as error:
            log.warning("new campaigns not looked at", extra={"reason": str(error)})

    async def begin_new(self) -> None:
        """Sync the campaigns that somebody began to follow and that were never tried.

        One that fails waits for the next round.
        """
        async with self._store.read() as work:
            followed = {link.campaign_id for link in await work.links.all()}
            campaigns = await work.campaigns.all()
        for stored in campaigns:
            is_tried = stored.synced_at is not None or stored.sync_error is not None
            if stored.campaign.id not in followed or is_tried:
                continue
            self._alarm.go_on()
            try:
                await self._sync.run(stored.campaign.id, beat=self._alarm.pulse.beat)
            except UserError:
                # Somebody's sync of this campaign is under way, which is as good.
                continue

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
            gone = {
                creator.id
                for creator in await work.creators.all()
                if creator.token_state is TokenState.DISCONNECTED
            }
            campaigns = [c for c in await work.campaigns.all() if c.creator_id not in gone]
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
