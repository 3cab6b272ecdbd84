"""Waiting for one's turn under Patreon's limits, before Patreon has to refuse.

Source: docs.patreon.com, "Rate Limits" (client and token) and "Edge Rate Limiting" (4xx answers).
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from core.errors import Throttled
from core.ports import Usage
from patreon.settings import Limits
from patreon.windows import Window

Monotonic = Callable[[], float]
"""Seconds of a clock that never goes back."""

Sleep = Callable[[float], Awaitable[object]]
"""Waits so many seconds of that clock."""


class Limiter:
    """One per process: all creators of a client share its limits.

    Turns are given in the order of asking, within each creator and, among those whose creator's
    own limit lets them go, over all. A caller may be cancelled at any moment.
    """

    def __init__(self, limits: Limits, *, monotonic: Monotonic, sleep: Sleep) -> None:
        self._limits = limits
        self._now = monotonic
        self._sleep = sleep
        self._client = Window(limits.per_client, limits.client_window)
        self._tokens: defaultdict[int, Window] = defaultdict(self._token_window)
        self._client_queue = asyncio.Lock()
        self._token_queues: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._refused = Window(limits.refused, limits.refused_window)
        self._paused_until = 0.0
        self._waiting = 0
        self._total = 0

    @asynccontextmanager
    async def turn(self, creator_id: int | None) -> AsyncIterator[None]:
        """Wait for a turn; the block is the request. None: a request without an access token.

        Raises:
            Throttled: the wait would be longer than allowed, or too many 4xx answers came lately.
        """
        windows = await self._start(creator_id)
        try:
            yield
        finally:
            for window in windows:
                window.end(self._now())

    def note_refused(self) -> None:
        """Count a 4xx answer."""
        self._refused.start()
        self._refused.end(self._now())

    def pause(self, length: timedelta | None) -> None:
        """Hold everybody back, because Patreon asked for it; None: it did not say how long."""
        seconds = (self._limits.default_pause if length is None else length).total_seconds()
        self._paused_until = max(self._paused_until, self._now() + seconds)

    def usage(self, creator_id: int | None = None) -> Usage:
        """Tell how much is used; None: `last_minute` is the busiest creator's.

        The limit of a minute is each creator's own, the other figures are everybody's.
        """
        now = self._now()
        asked = [w for key, w in self._tokens.items() if creator_id in (None, key)]
        return Usage(
            total=self._total,
            last_minute=max((window.count(now) for window in asked), default=0),
            minute_limit=self._limits.per_token,
            refused_last_10_minutes=self._refused.count(now),
        )

    async def _start(self, creator_id: int | None) -> tuple[Window, ...]:
        if self._waiting >= self._limits.longest_queue:
            raise Throttled(
                "Too many requests wait for Patreon already.",
                retry_after=self._limits.token_window,
            )
        self._waiting += 1
        try:
            if creator_id is None:
                return await self._take()
            async with self._token_queues[creator_id]:
                return await self._take(self._tokens[creator_id])
        finally:
            self._waiting -= 1

    async def _take(self, *own: Window) -> tuple[Window, ...]:
        """Wait for the creator's window first, so that a busy creator delays nobody else."""
        await self._until_room(*own)
        async with self._client_queue:
            # Nobody else of this creator gets here meanwhile, so the own window still has room.
            await self._until_room(self._client)
            windows = (*own, self._client)
            for window in windows:
                window.start()
            self._total += 1
            return windows

    async def _until_room(self, *windows: Window) -> None:
        """Every round waits for the longest known reason, which the next round need not meet."""
        while True:
            now = self._now()
            self._check(now)
            pause = self._paused_until - now
            wait = max([pause, *(window.wait(now) for window in windows)])
            if wait <= 0:
                return
            await self._sleep(wait)

    def _check(self, now: float) -> None:
        if refused := self._refused.wait(now):
            raise Throttled(
                f"Patreon refused {self._limits.refused} requests lately; nothing is sent until "
                "that is over, or Patreon would block this machine.",
                retry_after=timedelta(seconds=refused),
            )
        pause = timedelta(seconds=max(self._paused_until - now, 0.0))
        if pause > self._limits.longest_pause:
            raise Throttled("Patreon asked to slow down.", retry_after=pause)

    def _token_window(self) -> Window:
        return Window(self._limits.per_token, self._limits.token_window)
