"""Logging what happens to requests without letting them fill the log."""

import logging
from datetime import datetime, timedelta

from core.ports import Clock

log = logging.getLogger(__name__)

APART = timedelta(seconds=10)
"""At most one line in this time; the next one tells how many were left out."""


class Refusals:
    """Notes refused requests in the log under one message.

    `level` is that of `logging`.
    """

    def __init__(
        self, clock: Clock, message: str = "webhook refused", *, level: int = logging.WARNING
    ) -> None:
        self._clock = clock
        self._message = message
        self._level = level
        self._logged_at: datetime | None = None
        self._left_out = 0

    def note(self, client: str, reason: str) -> None:
        """Log a refusal, unless one was logged just before."""
        now = self._clock()
        if self._logged_at is not None and timedelta() <= now - self._logged_at < APART:
            self._left_out += 1
            return
        log.log(
            self._level,
            self._message,
            extra={"client": client, "reason": reason, "left_out": self._left_out},
        )
        self._logged_at, self._left_out = now, 0
