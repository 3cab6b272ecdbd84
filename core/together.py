"""Doing for many at once what each asks for alone, such as one commit for all who wait."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """Calls `work` for up to `most` items at once, never twice at the same time.

    Who comes while others are served is served with all who came meanwhile, by one of them. An
    error of `work` goes to everybody whom that call was to serve; one who is cancelled before its
    turn takes its item back. Each batch waits for `pause` first, so that more come together.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[None]],
        *,
        most: int,
        pause: timedelta = timedelta(),
    ) -> None:
        self._work = work
        self._most = most
        self._pause = pause.total_seconds()
        self._waiting: deque[tuple[T, asyncio.Future[bool]]] = deque()
        self._is_led = False

    async def do(self, item: T) -> None:
        """Have the work done for `item` and come back when it is."""
        # The future says whether it is done; if not, it is for this one to lead.
        end: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, end))
        if not self._is_led:
            self._is_led = True
        elif await self._ended(end):
            return
        else:
            end = asyncio.get_running_loop().create_future()
            self._waiting.appendleft((item, end))
        try:
            if self._pause:
                await asyncio.sleep(self._pause)
            await self._serve()
            end.result()
        finally:
            # Who is cancelled neither waits nor leads any more.
            end.cancel()
            self._hand_over()

    async def _ended(self, end: asyncio.Future[bool]) -> bool:
        try:
            return await end
        except asyncio.CancelledError:
            if end.done() and not end.cancelled() and not end.exception() and not end.result():
                # It was just told to lead: another one has to.
                self._hand_over()
            raise

    async def _serve(self) -> None:
        """Do the work for those who wait longest, the leader among them."""
        batch: list[tuple[T, asyncio.Future[bool]]] = []
        while self._waiting and len(batch) < self._most:
            wish = self._waiting.popleft()
            if not wish[1].done():
                batch.append(wish)
        try:
            await self._work([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001  it is raised where it was waited for
            for _, end in batch:
                if not end.done():
                    end.set_exception(error)
        except BaseException:
            self._waiting.extendleft(reversed(batch[1:]))
            raise
        else:
            for _, end in batch:
                if not end.done():
                    end.set_result(True)

    def _hand_over(self) -> None:
        """Let the one who waits longest lead."""
        while self._waiting:
            _, end = self._waiting.popleft()
            if not end.done():
                end.set_result(False)
                return
        self._is_led = False
