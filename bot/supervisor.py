"""Runs the parts of the process together, starts crashed ones again, and stops them in order."""

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from bot.restarts import GiveUp, RestartPolicy, decide
from bot.watchdog import HangError, Watchdog
from core.backoff import Random
from core.errors import BotError, PermanentError, TemporaryError
from core.meters import CRASHES, NO_METERS, Meters
from core.pulse import Pulse

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something that runs for good.

    `ask` asks it to end between two pieces of work; a part without it is cancelled when its turn
    to stop comes. `finish` does what is left when it has ended. A part with a `pulse` that shows
    no sign of life for `silence` hangs: it is ended and counts as crashed. `silence` must be far
    above every timeout within one piece of its work.
    """

    run: Callable[[], Coroutine[object, object, None]]
    ask: Callable[[], None] | None = None
    finish: Callable[[], Awaitable[None]] | None = None
    pulse: Pulse | None = None
    silence: timedelta = timedelta(minutes=5)


class Stopped(Exception):  # noqa: N818
    """A part ends because it was asked to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervision:
    """How to look after the parts.

    Stopping all of them takes at most `deadline`. All that can be asked to end are asked when the
    end begins and get `patience` from then on, all together, before they are cancelled.
    `on_stopping` is called before that.
    """

    random: Random
    watchdog: Watchdog = field(default_factory=Watchdog)
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    patience: timedelta = timedelta(seconds=3)
    deadline: timedelta = timedelta(seconds=8)
    signals: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGINT)
    on_stopping: Callable[[], None] = lambda: None
    meters: Meters = NO_METERS
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic


async def run_together(how: Supervision, /, **parts: Part) -> None:
    """Run `parts` until a signal arrives or one of them cannot go on; then stop them all.

    They are stopped in the reverse of the order given, one after the other. A second signal
    kills the process as if nobody listened.

    Raises:
        BotError: why the process cannot go on. None of it after a signal.
    """
    stopping = asyncio.Event()
    with _listening(how.signals, stopping):
        waiter = asyncio.create_task(stopping.wait(), name="signals")
        tasks = {
            name: asyncio.create_task(_keep(name, part, how, stopping), name=name)
            for name, part in parts.items()
        }
        try:
            await asyncio.wait({waiter, *tasks.values()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiter.cancel()
            stopping.set()
            how.on_stopping()
            errors = [e for task in tasks.values() if (e := _error_of(task)) is not None]
            await _stop_all(parts, tasks, how)
    if errors:
        raise errors[0]


async def _keep(name: str, part: Part, how: Supervision, stopping: asyncio.Event) -> None:
    """Run a part, again and again as the policy allows, until `stopping`.

    Raises:
        BotError: it cannot go on.
    """
    ends: list[timedelta] = []
    while True:
        error: Exception | None = None
        try:
            await _run(name, part, how)
        except Stopped:
            raise
        except Exception as caught:
            if stopping.is_set():
                raise
            error = caught
        if stopping.is_set():
            return
        ends = [*ends[-50:], timedelta(seconds=how.monotonic())]
        decision = decide(name, error, ends, policy=how.policy, random=how.random)
        _report(name, error, len(ends))
        how.meters.count(CRASHES, name)
        if isinstance(decision, GiveUp):
            raise PermanentError(decision.reason) from error
        await how.sleep(decision.wait.total_seconds())


async def _run(name: str, part: Part, how: Supervision) -> None:
    try:
        if part.pulse is None:
            await part.run()
        else:
            await how.watchdog.run(name, part.run, pulse=part.pulse, silence=part.silence)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # Nobody cancelled this task: it must not pass for a part that was stopped.
        raise RuntimeError("The part was cancelled from within.") from error


def _report(name: str, error: Exception | None, times: int) -> None:
    if error is None:
        log.error("part ended by itself", extra={"part": name})
    elif isinstance(error, TemporaryError):
        level = logging.WARNING if times == 1 else logging.DEBUG
        log.log(level, "part put off", extra={"part": name, "reason": str(error)})
    elif isinstance(error, BotError):
        log.error("part failed", extra={"part": name, "reason": str(error)})
    elif isinstance(error, HangError):
        log.error("part ended because it hung", exc_info=error.__cause__, extra={"part": name})
    else:
        log.error("part crashed", exc_info=error, extra={"part": name})


async def _stop_all(
    parts: Mapping[str, Part], tasks: Mapping[str, asyncio.Task[None]], how: Supervision
) -> None:
    now = asyncio.get_running_loop().time()
    end, patient_until = (now + d.total_seconds() for d in (how.deadline, how.patience))
    for part in parts.values():
        if part.ask is not None:
            part.ask()
    for name, part in reversed(list(parts.items())):
        try:
            async with asyncio.timeout_at(end):
                await _stop(part, tasks[name], patient_until)
        except TimeoutError:
            log.error("part did not stop in time", extra={"part": name})  # noqa: TRY400
        except Exception:
            log.exception("part failed while stopping", extra={"part": name})
        tasks[name].cancel()


async def _stop(part: Part, task: asyncio.Task[None], patient_until: float) -> None:
    if part.ask is not None and not task.done():
        left = patient_until - asyncio.get_running_loop().time()
        await asyncio.wait({task}, timeout=max(left, 0))
    task.cancel()
    await asyncio.wait({task})
    error = _error_of(task)
    if part.finish is not None:
        await part.finish()
    if error is not None and not isinstance(error, BotError):
        log.error("part crashed while stopping", exc_info=error)


def _error_of(task: asyncio.Task[None]) -> BaseException | None:
    if not task.done() or task.cancelled():
        return None
    error = task.exception()
    return None if isinstance(error, Stopped) else error


@contextmanager
def _listening(signals: tuple[signal.Signals, ...], stopping: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        log.info("stopping", extra={"signal": number.name})
        stopping.set()
        for each in signals:
            loop.remove_signal_handler(each)

    for number in signals:
        loop.add_signal_handler(number, stop, number)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
