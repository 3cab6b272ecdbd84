"""Reading the gauges: how things stand, from the database."""

from collections.abc import Awaitable, Callable

from core import meters
from core.errors import BotError
from core.health import Readiness
from core.meters import Meters
from core.missed import load_missed
from core.ports import Clock
from core.store import Store


class Gauges:
    """Brings the gauges up to date when somebody wants to see them."""

    def __init__(
        self,
        store: Store,
        readiness: Callable[[], Awaitable[Readiness]],
        kept: Meters,
        *,
        clock: Clock,
    ) -> None:
        self._store = store
        self._readiness = readiness
        self._meters = kept
        self._clock = clock

    async def refresh(self) -> None:
        """Read everything now; without a database only the readiness is told."""
        ready = await self._readiness()
        parts = ("database", "discord", "token", "baseline", "backlog")
        self._meters.set(meters.READY, {part: float(getattr(ready, part)) for part in parts})
        try:
            await self._refresh_queues()
            await self._refresh_campaigns()
        except BotError:
            for gauge in meters.GAUGES:
                if gauge is not meters.READY:
                    self._meters.set(gauge, {})

    async def _refresh_queues(self) -> None:
        async with self._store.read() as work:
            queues = {
                "events": await work.events.backlog(),
                "announcements": await work.announcements.backlog(),
            }
        now = self._clock()
        ages = {
            name: max((now - queue.oldest).total_seconds(), 0.0) if queue.oldest else 0.0
            for name, queue in queues.items()
        }
        self._meters.set(meters.WAITING, {name: q.waiting for name, q in queues.items()})
        self._meters.set(meters.OLDEST, ages)
        self._meters.set(meters.SET_ASIDE, {name: q.parked for name, q in queues.items()})

    async def _refresh_campaigns(self) -> None:
        now = self._clock()
        members: dict[str, float] = {}
        ages: dict[str, float] = {}
        missed: dict[str, float] = {}
        async with self._store.read() as work:
            for stored in await work.campaigns.all():
                campaign_id = stored.campaign.id
                members[campaign_id] = await work.members.count_present(campaign_id)
                missed[campaign_id] = (await load_missed(work, campaign_id)).count
                if stored.synced_at is not None:
                    ages[campaign_id] = max((now - stored.synced_at).total_seconds(), 0.0)
            hooks = await work.hooks.all()
        self._meters.set(meters.MEMBERS, members)
        self._meters.set(meters.MISSED, missed)
        self._meters.set(meters.SYNC_AGE, ages)
        self._meters.set(
            meters.HOOK_FAILURES, {hook.campaign_id: float(hook.failures) for hook in hooks}
        )
        self._meters.set(
            meters.HOOK_PAUSED, {hook.campaign_id: float(hook.is_paused) for hook in hooks}
        )
