"""The places where a bot can die: between two effects on the outside world.

The process dies before a transaction, before or after its commit, before a request leaves or after
its answer came. From then on nothing of it has any effect.
"""

from contextlib import asynccontextmanager
from dataclasses import replace


class Killed(BaseException):
    """The process is dead; no `except Exception` survives that."""


class Seams:
    """Counts the passings, and strikes at a chosen one.

    `ask_to_stop` makes it gentle: it is called instead of killing. `after_answer` is awaited once,
    when an answer of the named method of Patreon is there and not yet acted on. `asked_at` makes
    answers look older: their requests were on the way for long.
    """

    def __init__(self) -> None:
        self.is_dead = False
        self.asked_at = None
        self._left = None
        self._ask_to_stop = None
        self._after_answer = {}

    def strike_after(self, passings, *, ask_to_stop=None):
        self._left = passings
        self._ask_to_stop = ask_to_stop

    def after_answer(self, method, act):
        self._after_answer[method] = act

    def forget(self) -> None:
        """Await nothing that was to happen after an answer: it never came."""
        self._after_answer.clear()

    def passing(self) -> None:
        if self.is_dead:
            raise Killed
        if self._left is None:
            return
        self._left -= 1
        if self._left > 0:
            return
        self._left = None
        if self._ask_to_stop is not None:
            self._ask_to_stop()
            return
        self.is_dead = True
        raise Killed

    async def answered(self, method: str) -> None:
        act = self._after_answer.pop(method, None)
        if act is not None:
            await act()


class SeamStore:
    """A store whose transactions the process may not survive."""

    def __init__(self, store, seams: Seams) -> None:
        self._store = store
        self._seams = seams

    @asynccontextmanager
    async def read(self):
        self._seams.passing()
        async with self._store.read() as work:
            yield work

    @asynccontextmanager
    async def write(self):
        self._seams.passing()
        async with self._store.write() as work:
            yield work
            self._seams.passing()
        self._seams.passing()

    @property
    def has_deliveries_coming(self) -> bool:
        return self._store.has_deliveries_coming

    async def add_deliveries(self, deliveries) -> None:
        await self._store.add_deliveries(deliveries)


class SeamPatreon:
    """Patreon's API, with the process's life at stake around every request."""

    def __init__(self, api, seams: Seams) -> None:
        self._api = api
        self._seams = seams

    def __getattr__(self, name):
        method = getattr(self._api, name)

        async def call(*args, **kwargs):
            self._seams.passing()
            answer = await method(*args, **kwargs)
            self._seams.passing()
            if self._seams.asked_at is not None and hasattr(answer, "asked_at"):
                answer = replace(answer, asked_at=self._seams.asked_at)
            await self._seams.answered(name)
            return answer

        return call


class SeamPublisher:
    """The channels, with the process's life at stake around every call."""

    def __init__(self, channels, seams: Seams) -> None:
        self._channels = channels
        self._seams = seams

    def __getattr__(self, name):
        method = getattr(self._channels, name)

        async def call(*args, **kwargs):
            self._seams.passing()
            answer = await method(*args, **kwargs)
            self._seams.passing()
            return answer

        return call
