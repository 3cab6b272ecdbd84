"""Accepting webhook deliveries: one commit serves every request that waits for it."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from datetime import timedelta

from core.errors import BotError, TemporaryError
from core.inbox import Delivery
from core.pulse import Pulse
from core.steps import step
from core.store import Store

DEADLINE = timedelta(seconds=10)
"""How long a request waits until its delivery is durable."""

_Waiting = tuple[Delivery, asyncio.Future[None]]


class Inbox:
    """The durable way in. `run` must be running for `accept` to come back.

    `deadline` is how long a request waits for it.
    """

    def __init__(
        self,
        store: Store,
        *,
        on_stored: Callable[[], None],
        capacity: int = 5_000,
        batch: int = 500,
        deadline: timedelta = DEADLINE,
    ) -> None:
        self._store = store
        self._on_stored = on_stored
        self._capacity = capacity
        self._batch = batch
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._patience = _Patience(deadline)
        self.pulse = Pulse()

    async def accept(self, delivery: Delivery) -> None:
        """Store a delivery and come back when it is durable.

        One that is late is stored all the same when its turn comes: it may arrive twice.

        Raises:
            TemporaryError: too many wait, the database could not store it, or it was not durable
                after the deadline; Patreon's next try will bring it again.
        """
        if len(self._waiting) >= self._capacity:
            raise TemporaryError(
                "Too many webhooks wait to be stored.", retry_after=timedelta(seconds=5)
            )
        step("accept.received")
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, stored))
        self._arrived.set()
        self._patience.watch(stored)
        await stored

    async def run(self) -> None:
        """Store what waits, batch by batch, for good."""
        while True:
            if not self._waiting:
                self.pulse.rest()
                await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                self.pulse.beat()
                await self._store_batch()

    async def drain(self) -> None:
        """Store what still waits; for the end of the process."""
        while self._waiting:
            await self._store_batch()

    async def _store_batch(self) -> None:
        batch: list[_Waiting] = []
        try:
            await self._store.add_deliveries(self._taken(batch))
        except BotError as error:
            if not batch:
                # Its turn never came: those who waited for that one are told, too.
                list(self._taken(batch))
            _answer(batch, error)
        except BaseException:
            # Whoever was served must not wait for ever, whatever stopped the store.
            _answer(batch, TemporaryError("It was not stored."))
            raise
        else:
            step("accept.stored")
            _answer(batch, None)
            self._on_stored()

    def _taken(self, batch: list[_Waiting]) -> Iterator[Delivery]:
        """Give what waits when the store asks for it: also what came while it had no turn yet."""
        while self._waiting and len(batch) < self._batch:
            batch.append(self._waiting.popleft())
            yield batch[-1][0]


def _answer(batch: list[_Waiting], error: BotError | None) -> None:
    for _, stored in batch:
        if stored.done():
            continue
        if error is None:
            stored.set_result(None)
        else:
            stored.set_exception(error)


class _Patience:
    """Gives up what is not stored after `limit`.

    One timer serves all who wait: to put one for each request into asyncio's heap, and to cancel
    it there, costs more than this deque.
    """

    def __init__(self, limit: timedelta) -> None:
        self._limit = limit.total_seconds()
        self._watched: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, stored: asyncio.Future[None]) -> None:
        """Begin a wait."""
        loop = stored.get_loop()
        self._forget_done()
        self._watched.append((loop.time() + self._limit, stored))
        if self._timer is None:
            self._timer = loop.call_later(self._limit, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        self._forget_done()
        while self._watched and self._watched[0][0] <= loop.time():
            self._watched[0][1].set_exception(TemporaryError("It took too long."))
            self._forget_done()
        if self._watched:
            self._timer = loop.call_at(self._watched[0][0], self._look, loop)

    def _forget_done(self) -> None:
        while self._watched and self._watched[0][1].done():
            self._watched.popleft()
