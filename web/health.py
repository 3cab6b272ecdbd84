"""Liveness and readiness, for the machine that watches the bot."""

import asyncio
import dataclasses
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from aiohttp import web

from core.health import Readiness
from core.ports import Clock

log = logging.getLogger(__name__)

KEEP = timedelta(seconds=1)
"""How long an answer is given again, so that asking often costs the database nothing."""

DEADLINE = timedelta(seconds=5)

_UNKNOWN = Readiness(database=False, discord=False, token=False, baseline=False, backlog=False)


class HealthPages:
    """`/livez`: the process turns. `/readyz`: everything that it needs is at hand.

    `is_alive` tells whether every part of the process shows signs of life.
    Neither says more than that: details are for `/patreon status` and the log.
    """

    def __init__(
        self,
        readiness: Callable[[], Awaitable[Readiness]],
        *,
        clock: Clock,
        is_alive: Callable[[], bool] = lambda: True,
        deadline: timedelta = DEADLINE,
    ) -> None:
        self._readiness = readiness
        self._clock = clock
        self._is_alive = is_alive
        self._deadline = deadline
        self._lock = asyncio.Lock()
        self._latest = _UNKNOWN
        self._looked_at: datetime | None = None

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Make both reachable."""
        router.add_get("/livez", self.live)
        router.add_get("/readyz", self.ready)

    async def live(self, _: web.Request) -> web.Response:
        """Answer 200 as long as the loop turns and no part is known to hang, else 503."""
        if self._is_alive():
            return web.Response(text="ok\n")
        return web.Response(status=503, text="hanging\n")

    async def ready(self, _: web.Request) -> web.Response:
        """Answer 200 when everything is at hand, else 503; the body says which part is not."""
        readiness = await self._look()
        return web.json_response(
            {
                name: "ok" if is_good else "failing"
                for name, is_good in dataclasses.asdict(readiness).items()
            },
            status=200 if readiness.is_ready else 503,
        )

    async def _look(self) -> Readiness:
        async with self._lock:
            now = self._clock()
            if self._looked_at is None or not timedelta() <= now - self._looked_at < KEEP:
                self._latest = await self._look_now()
                self._looked_at = now
            return self._latest

    async def _look_now(self) -> Readiness:
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                return await self._readiness()
        except TimeoutError:
            log.warning("readiness not known in time")
        except Exception:
            log.exception("readiness not known")
        return _UNKNOWN
