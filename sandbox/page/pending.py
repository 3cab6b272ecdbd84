"""Remember what a browser has not been told yet."""

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

Topic: TypeAlias = tuple[str, int, int]
"""What changed: a kind of update, and for messages the channel's and the message's id (else 0)."""

STATE: Topic = ("state", 0, 0)
GUILD: Topic = ("guild", 0, 0)
PATREON: Topic = ("patreon", 0, 0)
DELIVERIES: Topic = ("deliveries", 0, 0)
TROUBLES: Topic = ("troubles", 0, 0)


class Pending:
    """The topics that changed since they were last taken, each once, in order.

    A browser too slow to keep up is not sent a backlog: beyond `most` topics it gets the whole
    state once.
    """

    def __init__(self, most: int = 400) -> None:
        self._topics: dict[Topic, None] = {}
        self._most = most
        self._changed = asyncio.Event()

    def note(self, topic: Topic) -> None:
        """Say that `topic` changed."""
        if topic == STATE or len(self._topics) >= self._most:
            self._topics = {STATE: None}
        elif STATE not in self._topics:
            self._topics[topic] = None
        self._changed.set()

    async def take(self) -> Sequence[Topic]:
        """Wait for changes and take them all."""
        await self._changed.wait()
        self._changed.clear()
        taken, self._topics = tuple(self._topics), {}
        return taken
