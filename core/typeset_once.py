"""The body of a draft typeset once for each version, however many look at it."""

import asyncio
from collections import OrderedDict

from core.drafts import Draft
from core.plain_text import plain_text
from core.typesetting import Typesetter

_MOST_AT_ONCE = 2
_MOST_KEPT = 32


class TypesetOnce:
    """Typesets in threads, for webhooks do not wait for a long body, and keeps the latest."""

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        # Who wants the same draft waits at the same lock.
        self._locks = tuple(asyncio.Lock() for _ in range(_MOST_AT_ONCE))
        self._kept: OrderedDict[tuple[int, int], tuple[str, str]] = OrderedDict()

    async def __call__(self, draft: Draft) -> tuple[str, str]:
        """Give the body of a stored draft in clean HTML and in plain text."""
        version = draft.id, draft.version
        if version not in self._kept:
            async with self._locks[draft.id % _MOST_AT_ONCE]:
                if version not in self._kept:
                    made = await asyncio.to_thread(self._typeset, draft.content.body)
                    self._kept[version] = made
                    while len(self._kept) > _MOST_KEPT:
                        self._kept.popitem(last=False)
                    return made
        return self._kept[version]

    def _typeset(self, body: str) -> tuple[str, str]:
        html = self._typesetter.typeset(body).html
        return html, plain_text(html)
