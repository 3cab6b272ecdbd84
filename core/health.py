"""Is everything that the bot needs at hand? True answers without details."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.accounts import TokenState
from core.errors import BotError
from core.ports import Clock, Connection
from core.queues import Backlog
from core.store import Store

OLDEST_EVENT = timedelta(minutes=5)
OLDEST_ANNOUNCEMENT = timedelta(minutes=10)
"""What waits longer than these is a backlog that somebody should look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What is at hand.

    `token` is False when Patreon refuses a creator's tokens, `baseline` until the first sync of
    every followed campaign is done: before it nothing is announced. `backlog` is False when
    events or announcements have waited for long, or an announcement was given up.
    """

    database: bool
    discord: bool
    token: bool
    baseline: bool
    backlog: bool

    @property
    def is_ready(self) -> bool:
        """Whether all of it is."""
        return self.database and self.discord and self.token and self.baseline and self.backlog


def _now() -> datetime:
    return datetime.now(UTC)


class Health:
    """Checks what the bot needs."""

    def __init__(
        self, store: Store, connection: Callable[[], Connection], *, clock: Clock = _now
    ) -> None:
        self._store = store
        self._connection = connection
        self._clock = clock

    async def readiness(self) -> Readiness:
        """Look at everything now; never raises what it found."""
        is_connected = self._connection().is_ready
        try:
            await self._store.check()
            async with self._store.read() as work:
                creators = await work.creators.all()
                links = await work.links.all()
                campaigns = {c.campaign.id: c for c in await work.campaigns.all()}
                events = await work.events.backlog()
                announcements = await work.announcements.backlog()
        except BotError:
            return Readiness(
                database=False, discord=is_connected, token=False, baseline=False, backlog=False
            )
        followed = [campaigns.get(link.campaign_id) for link in links]
        return Readiness(
            database=True,
            discord=is_connected,
            token=bool(creators)
            and all(creator.token_state is not TokenState.BROKEN for creator in creators),
            baseline=all(c is not None and c.baseline_at is not None for c in followed),
            backlog=self._is_fresh(events, OLDEST_EVENT)
            and self._is_fresh(announcements, OLDEST_ANNOUNCEMENT)
            and not announcements.parked,
        )

    def _is_fresh(self, backlog: Backlog, limit: timedelta) -> bool:
        return backlog.oldest is None or self._clock() - backlog.oldest <= limit
