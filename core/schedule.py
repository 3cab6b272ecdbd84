"""Publishing scheduled posts at their time."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from core.alarm import Alarm
from core.backoff import Random, delay
from core.errors import TemporaryError
from core.ports import Clock

log = logging.getLogger(__name__)

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=1)
BREATH = timedelta(seconds=1)
"""How long to wait at least before looking again."""


class DuePosts(Protocol):
    """Scheduled posts, as the worker needs them: `core.composing.Composing`."""

    async def next_due(self) -> datetime | None:
        """When the next scheduled post has to go out; None when none waits."""
        ...

    async def publish_due(self, *, beat: Callable[[], None] = ...) -> int:
        """Publish what is due, each post once, whichever process comes first; gives how many.

        There may be more. `beat` is called after each.

        Raises:
            TemporaryError: the database cannot be used; what is left stays due.
        """
        ...


class Schedule:
    """Waits for the next post and publishes it.

    What is due is looked up anew every time, so it is of no matter for how long the process was
    away, where the clock went, and whether another process was faster. Ring the alarm when the
    schedule changes.
    """

    def __init__(self, posts: DuePosts, *, clock: Clock, random: Random, alarm: Alarm) -> None:
        self._posts = posts
        self._clock = clock
        self._random = random
        self._alarm = alarm
        self._failures = 0

    async def run(self) -> None:
        """Publish what comes due, for good."""
        while True:
            self._alarm.go_on()
            await self._alarm.wait(await self.work())

    async def work(self) -> datetime | None:
        """Publish what is due now; tells when to look again, None when nothing waits."""
        try:
            count = await self._posts.publish_due(beat=self._alarm.pulse.beat)
            next_due = await self._posts.next_due()
        except TemporaryError as error:
            self._failures += 1
            wait = delay(
                self._failures, first=FIRST_RETRY, longest=LONGEST_RETRY, random=self._random
            )
            if self._failures == 1:
                log.warning("scheduled posts have to wait", extra={"reason": str(error)})
            return self._clock() + wait
        if self._failures:
            log.info("scheduled posts go on")
        self._failures = 0
        if count:
            log.info("scheduled posts published", extra={"posts": count})
        # What is due and was left, another process has in hand, or there is more of it.
        return None if next_due is None else max(next_due, self._clock() + BREATH)
