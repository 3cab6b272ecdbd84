"""Count requests in buckets, as Discord's rate limits do."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

UNLIMITED = (10_000, 1.0)
"""What a route allows unless told otherwise: so much that nobody waits."""

_MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")


@dataclass(slots=True)
class Bucket:
    """How much of one limit is left."""

    name: str
    limit: int
    seconds: float
    used: int = 0
    started: float = 0.0

    def headers(self, now: float) -> dict[str, str]:
        """Write the limit as Discord's headers."""
        left = max(0.0, self.started + self.seconds - now)
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": self.name,
        }


class RateLimits:
    """All buckets. `limits` gives (requests, seconds) per `"METHOD /route"`.

    `global_per_second` limits all requests with the bot's token together; Discord allows 50. Both
    are off by default, so that tests and benchmarks measure the bot and not this stand-in.
    """

    def __init__(
        self,
        limits: Mapping[str, tuple[int, float]] | None = None,
        global_per_second: int | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits or {}
        self._timer = timer
        self._buckets: dict[tuple[str, ...], Bucket] = {}
        self._all = Bucket("global", global_per_second or 1 << 62, 1.0)

    def count(
        self, method: str, route: str, parameters: Mapping[str, str]
    ) -> tuple[dict[str, str], float]:
        """Count one request; returns its headers and the seconds to wait when it is too much."""
        majors = tuple(parameters[name] for name in _MAJOR if name in parameters)
        key = (method, route, *majors)
        if key not in self._buckets:
            if len(self._buckets) > 10_000:
                self._buckets.clear()
            name = hashlib.sha256(f"{method} {route}".encode()).hexdigest()[:32]
            self._buckets[key] = Bucket(name, *self._limits.get(f"{method} {route}", UNLIMITED))
        now = self._timer()
        bucket = self._buckets[key]
        wait = self._use(bucket, now)
        return bucket.headers(now), wait

    def count_global(self) -> float:
        """Count one request with the bot's token; returns the seconds to wait, or 0."""
        return self._use(self._all, self._timer())

    @staticmethod
    def _use(bucket: Bucket, now: float) -> float:
        if now >= bucket.started + bucket.seconds:
            bucket.used, bucket.started = 0, now
        if bucket.used >= bucket.limit:
            return bucket.started + bucket.seconds - now
        bucket.used += 1
        return 0.0
