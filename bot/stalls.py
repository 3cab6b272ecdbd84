"""Notices that the event loop stands still, from a thread beside it."""

import asyncio
import logging
import threading
import time
from datetime import timedelta
from types import TracebackType
from typing import Self

from bot.stacks import log_with_stack, stack_of_thread
from core.meters import NO_METERS, STALLS, Meters

log = logging.getLogger(__name__)

_JOIN_SECONDS = 5


class StallWatch:
    """Logs each stall of the running loop once, with the place where its thread stands.

    Enter it inside the loop. A stall is noticed when it has lasted for `threshold` and at most
    `pause`, the time between two questions to the loop; its end is logged too.
    """

    def __init__(
        self,
        *,
        threshold: timedelta = timedelta(seconds=1),
        pause: timedelta = timedelta(milliseconds=250),
        meters: Meters = NO_METERS,
    ) -> None:
        self._meters = meters
        self._threshold = threshold.total_seconds()
        self._pause = pause.total_seconds()
        self._ended = threading.Event()
        self._turned = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Begin to watch the running loop."""
        loop, ident = asyncio.get_running_loop(), threading.get_ident()
        # A daemon: it must never keep the process from ending.
        self._thread = threading.Thread(
            target=self._watch, args=(loop, ident), name="stalls", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the watch."""
        self._ended.set()
        self._turned.set()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)

    def _watch(self, loop: asyncio.AbstractEventLoop, ident: int) -> None:
        while not self._ended.wait(self._pause):
            self._turned.clear()
            # Asked again: the end may have come before the line above.
            if self._ended.is_set():
                return
            asked = time.monotonic()
            try:
                loop.call_soon_threadsafe(self._turned.set)
            except RuntimeError:
                return  # The loop is closed.
            if self._turned.wait(self._threshold):
                continue
            self._meters.count(STALLS)
            log_with_stack(
                log,
                logging.ERROR,
                "event loop stalled",
                stack=stack_of_thread(ident),
                extra={"seconds": round(time.monotonic() - asked, 3)},
            )
            self._turned.wait()
            if self._ended.is_set():
                return
            log.warning(
                "event loop turns again",
                extra={"seconds": round(time.monotonic() - asked, 3)},
            )
