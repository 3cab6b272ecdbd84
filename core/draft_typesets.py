"""Typesetting beside the loop, once for a text that is looked at again and again."""

import asyncio
from collections import OrderedDict

from core.typesetting import Typeset, Typesetter

MOST_KEPT = 8
LONG = 2_000
"""Characters of a text that is typeset in a thread: the longest takes a second or two."""


class Typesets:
    """Typesets bodies, one long one at a time, and remembers the last few."""

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        self._kept: OrderedDict[str, Typeset] = OrderedDict()
        self._turn = asyncio.Lock()

    async def of(self, body: str) -> Typeset:
        """Give a body in both dialects."""
        if len(body) <= LONG:
            return self._typesetter.typeset(body)
        async with self._turn:
            typeset = self._kept.pop(body, None)
            if typeset is None:
                typeset = await asyncio.to_thread(self._typesetter.typeset, body)
            self._kept[body] = typeset
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return typeset
