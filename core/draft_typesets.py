"""Typesetting beside the loop, once for a text that is looked at again and again."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from core.typesetting import Typeset, Typesetter

MOST_KEPT = 8
_T = TypeVar("_T")

LONG = 2_000
"""Characters of a text that is typeset in a thread: the longest takes half a second."""


class OwnThread:
    """A thread for work that keeps it busy, one piece after the other.

    Whoever is cancelled leaves the piece in hand to its end, and others wait for that: so there
    is never a second one, and the threads that everybody shares stay free.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="typeset")

    async def run(self, work: Callable[[str], _T], body: str) -> _T:
        """Do a piece of work with a body."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, body)


class Typesets:
    """Typesets bodies, one long one at a time, and remembers the last few."""

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        self._thread = OwnThread()
        self._kept: OrderedDict[str, Typeset] = OrderedDict()
        self._turn = asyncio.Lock()

    async def of(self, body: str) -> Typeset:
        """Give a body in both dialects."""
        if len(body) <= LONG:
            return self._typesetter.typeset(body)
        async with self._turn:
            typeset = self._kept.pop(body, None)
            if typeset is None:
                typeset = await self._thread.run(self._typesetter.typeset, body)
            self._kept[body] = typeset
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return typeset
