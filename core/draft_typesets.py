"""Typesetting beside the loop, once for a text that is looked at again and again."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from core.plain_text import plain_text
from core.typesetting import Typeset, Typesetter

MOST_KEPT = 32
_T = TypeVar("_T")

LONG = 2_000
"""Characters of a text that is typeset in a thread: the longest takes half a second."""


class Typesets:
    """Typesets bodies, one long one at a time, and remembers the last few.

    A thread of its own does the long ones. Whoever is cancelled leaves the text in hand to its
    end, and others wait for that: so there is never a second one, and the threads that everybody
    shares stay free.
    """

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="typeset")
        self._kept: OrderedDict[str, Typeset] = OrderedDict()
        self._turn = asyncio.Lock()

    async def of(self, body: str) -> Typeset:
        """Give a body in both dialects."""
        if body not in self._kept and len(body) > LONG:
            # Who wants the same text waits here.
            async with self._turn:
                if body not in self._kept:
                    self._keep(body, await self._run(self._typesetter.typeset, body))
        if body not in self._kept:
            self._keep(body, self._typesetter.typeset(body))
        self._kept.move_to_end(body)
        return self._kept[body]

    async def plain(self, body: str) -> str:
        """Give a body in plain text."""
        html = (await self.of(body)).html
        return plain_text(html) if len(body) <= LONG else await self._run(plain_text, html)

    def _keep(self, body: str, typeset: Typeset) -> None:
        self._kept[body] = typeset
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    async def _run(self, work: Callable[[str], _T], text: str) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, text)
