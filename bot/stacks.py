"""Where code stands at this moment, for the log: file, line and function, never a value."""

import asyncio
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from types import FrameType

MOST_CHILDREN = 5
"""Of a task that waits for many others, so many are shown."""

MOST_DEPTH = 20


def stack_of_thread(ident: int) -> str:
    """Tell where a thread stands, outermost call first."""
    frame = sys._current_frames().get(ident)
    return "" if frame is None else "".join(traceback.format_stack(frame)).rstrip()


def stack_of_task(task: asyncio.Task[None]) -> str:
    """Tell where a task and the tasks that it waits for stand, outermost call first."""
    return "\n".join(_lines(task, MOST_DEPTH))


def log_with_stack(
    log: logging.Logger, level: int, message: str, *, stack: str, extra: Mapping[str, object]
) -> None:
    """Log a line with a stack that is not the caller's own."""
    if not log.isEnabledFor(level):
        return
    file, line, function, _ = log.findCaller(stacklevel=2)
    record = log.makeRecord(
        log.name, level, file, line, message, (), None, func=function, extra=extra, sinfo=stack
    )
    log.handle(record)


def _lines(task: asyncio.Task[None], depth: int) -> Iterator[str]:
    frames = ((frame, frame.f_lineno) for frame in _frames(task.get_coro()))
    yield f"Task {task.get_name()!r}:"
    yield "".join(traceback.StackSummary.extract(frames).format()).rstrip()
    if depth:
        for child in _awaited(task):
            yield from _lines(child, depth - 1)


def _frames(awaitable: object) -> Iterator[FrameType]:
    """Follow what a suspended coroutine awaits; `Task.get_stack` shows its first frame only."""
    while awaitable is not None:
        frame = getattr(awaitable, "cr_frame", None) or getattr(awaitable, "gi_frame", None)
        if isinstance(frame, FrameType):
            yield frame
        awaitable = getattr(awaitable, "cr_await", None) or getattr(awaitable, "gi_yieldfrom", None)


def _awaited(task: asyncio.Task[None]) -> list[asyncio.Task[None]]:
    """Give the unfinished tasks that a task waits for, as far as asyncio lets one see."""
    waiter = getattr(task, "_fut_waiter", None)
    candidates = [waiter, *getattr(waiter, "_children", ())]
    unfinished = [c for c in candidates if isinstance(c, asyncio.Task) and not c.done()]
    return unfinished[:MOST_CHILDREN]
