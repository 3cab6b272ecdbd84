"""How often one may ask, as Patreon limits it.

Source: docs.patreon.com, "Rate Limits": 100 requests in 2 s per client, 100 a minute per token;
more than 2,000 bad requests in 10 minutes block an address for 30 minutes.
"""

import math
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force; `None` switches one off."""

    per_client: int | None = 100
    client_window: timedelta = timedelta(seconds=2)
    per_token: int | None = 100
    token_window: timedelta = timedelta(minutes=1)
    bad_requests: int | None = 2000
    bad_window: timedelta = timedelta(minutes=10)
    block: timedelta = timedelta(minutes=30)
    retry_after_header: bool = False

    @classmethod
    def off(cls) -> "Limits":
        """No limits at all, for benchmarks."""
        return cls(per_client=None, per_token=None, bad_requests=None)


class Window:
    """Count events per key in a sliding window; keys that were quiet longest are forgotten."""

    def __init__(self, length: timedelta, limit: int | None) -> None:
        self._length = length
        self._limit = limit
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait_for(self, key: str, now: datetime) -> int:
        """Tell how many whole seconds `key` has to wait; 0 when it may go on."""
        if self._limit is None:
            return 0
        seen = self._recent(key, now)
        if len(seen) < self._limit:
            return 0
        return max(1, math.ceil((seen[0] + self._length - now).total_seconds()))

    def note(self, key: str, now: datetime) -> int:
        """Count one event of `key` and tell how many the window holds."""
        if self._limit is None:
            return 0
        seen = self._recent(key, now)
        seen.append(now)
        return len(seen)

    def forget(self, key: str) -> None:
        """Start anew for `key`."""
        self._seen.pop(key, None)

    def _recent(self, key: str, now: datetime) -> deque[datetime]:
        seen = self._seen.setdefault(key, deque())
        self._seen.move_to_end(key)
        while len(self._seen) > MAX_KEYS:
            self._seen.popitem(last=False)
        while seen and seen[0] <= now - self._length:
            seen.popleft()
        return seen


class Gate:
    """Judge each request by the limits in force."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._clients = Window(limits.client_window, limits.per_client)
        self._tokens = Window(limits.token_window, limits.per_token)
        self._bad = Window(limits.bad_window, limits.bad_requests)
        self._blocked: dict[str, datetime] = {}

    def blocked_for(self, address: str, now: datetime) -> int:
        """Tell for how many more seconds an address is blocked; 0 when it is not."""
        end = self._blocked.get(address)
        if end is None:
            return 0
        if now >= end:
            del self._blocked[address]
            return 0
        return math.ceil((end - now).total_seconds())

    def throttled_for(self, client: str, token: str | None, now: datetime) -> int:
        """Count a request; tell how long its client or token must wait, 0 when it may pass."""
        wait = self._clients.wait_for(client, now)
        if token is not None:
            wait = max(wait, self._tokens.wait_for(token, now))
        if wait:
            return wait
        self._clients.note(client, now)
        if token is not None:
            self._tokens.note(token, now)
        return 0

    def note_bad(self, address: str, now: datetime) -> None:
        """Count a 4xx answer; too many block the address."""
        limit = self.limits.bad_requests
        if limit is not None and self._bad.note(address, now) > limit:
            self._blocked[address] = now + self.limits.block
            self._bad.forget(address)
