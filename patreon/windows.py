"""Sliding windows: how many requests fit into a stretch of time, and when the next one does."""

from collections import deque
from datetime import timedelta

_SHORTEST_WAIT = 0.001


class Window:
    """At most `limit` requests in any stretch of `length`, as the other side counts them.

    A request occupies its place until `length` after it *ended*: Patreon counts it somewhere
    between its start and its end, so that no delay on the way can press too many together.
    Times are seconds of one monotonic clock.
    """

    def __init__(self, limit: int, length: timedelta) -> None:
        self.limit = limit
        self._length = length.total_seconds()
        self._ended: deque[float] = deque()
        self._open = 0

    def wait(self, now: float) -> float:
        """Seconds until there may be room, 0 when there is room now."""
        if self.count(now) < self.limit:
            return 0.0
        until = self._ended[0] + self._length if self._ended else now + self._length
        return max(until - now, _SHORTEST_WAIT)

    def count(self, now: float) -> int:
        """How many places are occupied."""
        while self._ended and self._ended[0] + self._length <= now:
            self._ended.popleft()
        return self._open + len(self._ended)

    def start(self) -> None:
        """Occupy a place."""
        self._open += 1

    def end(self, now: float) -> None:
        """Note that a request ended."""
        self._open -= 1
        self._ended.append(now)
