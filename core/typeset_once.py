"""The body of a draft typeset once for each version, however many look at it."""

import asyncio
from collections import OrderedDict

from core.draft_typesets import OwnThread
from core.drafts import Draft
from core.plain_text import plain_text
from core.typesetting import Typesetter

_MOST_KEPT = 32


class TypesetOnce:
    """Typesets in a thread, for webhooks do not wait for a long body, and keeps the latest."""

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        self._thread = OwnThread()
        self._turn = asyncio.Lock()
        self._kept: OrderedDict[tuple[int, int], tuple[str, str]] = OrderedDict()

    async def __call__(self, draft: Draft) -> tuple[str, str]:
        """Give the body of a stored draft in clean HTML and in plain text."""
        version = draft.id, draft.version
        if version not in self._kept:
            # Who wants the same draft waits here.
            async with self._turn:
                if version not in self._kept:
                    made = await self._thread.run(self._typeset, draft.content.body)
                    self._kept[version] = made
                    while len(self._kept) > _MOST_KEPT:
                        self._kept.popitem(last=False)
                    return made
        return self._kept[version]

    def _typeset(self, body: str) -> tuple[str, str]:
        html = self._typesetter.typeset(body).html
        return html, plain_text(html)
