"""Notices a part that hangs, and ends it."""

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine
from datetime import timedelta

from bot.stacks import log_with_stack, stack_of_task
from core.errors import PermanentError
from core.pulse import Pulse

log = logging.getLogger(__name__)


class HangError(Exception):
    """A part showed no sign of life and was ended."""


class Watchdog:
    """Runs parts and looks `every` so often whether they show signs of life.

    A part that hangs is cancelled, and has `patience` to end.
    """

    def __init__(
        self,
        *,
        every: timedelta = timedelta(seconds=15),
        patience: timedelta = timedelta(seconds=5),
    ) -> None:
        self._every = every
        self._patience = patience
        self._hanging: set[str] = set()

    def is_content(self) -> bool:
        """Whether no part is known to hang; one that was ended must show life again first."""
        return not self._hanging

    async def run(
        self,
        name: str,
        run: Callable[[], Coroutine[object, object, None]],
        *,
        pulse: Pulse,
        silence: timedelta,
    ) -> None:
        """Run a part to its end, or until it was silent for `silence` with work in hand.

        Raises:
            HangError: it hung and was ended.
            PermanentError: it hung and could not be ended: a second one beside it would do harm.
            Exception: what the part raised.
        """
        task = asyncio.create_task(run(), name=name)
        try:
            hangs = await self._falls_silent(name, task, pulse, silence)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            if task.cancelled():
                raise
        else:
            if hangs:
                await self._end(name, task, silence)
        return task.result()

    async def _falls_silent(
        self, name: str, task: asyncio.Task[None], pulse: Pulse, silence: timedelta
    ) -> bool:
        # Looks are counted rather than time, so that a stalled event loop, in which nobody can
        # show life, is not taken for a hanging part.
        most = math.ceil(silence / self._every)
        left, beats = most, pulse.beats
        while not task.done():
            await asyncio.wait({task}, timeout=self._every.total_seconds())
            if pulse.is_resting or pulse.beats != beats:
                self._hanging.discard(name)
                left, beats = most, pulse.beats
                continue
            left -= 1
            if left <= 0 and not task.done():
                return True
        return False

    async def _end(self, name: str, task: asyncio.Task[None], silence: timedelta) -> None:
        self._hanging.add(name)
        seconds = round(silence.total_seconds(), 3)
        log_with_stack(
            log,
            logging.ERROR,
            "part hangs",
            stack=stack_of_task(task),
            extra={"part": name, "silent_seconds": seconds},
        )
        task.cancel()
        await asyncio.wait({task}, timeout=self._patience.total_seconds())
        if not task.done():
            raise PermanentError(
                f"The part {name!r} hangs and does not end when it is told to; the log shows "
                "where it stands."
            )
        error = None if task.cancelled() else task.exception()
        raise HangError(f"The part {name!r} hung for {seconds} seconds.") from error
