"""A publisher over imaginary channels, with the promises and the failures of the port."""

import itertools
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from core.announcements import NONCE_WINDOW
from core.cards import Card
from core.errors import MessageGone, OutcomeUnknown


@dataclass
class Shown:
    id: int
    channel_id: int
    card: Card
    sent_at: datetime
    nonce_until: datetime


@dataclass
class Channels:
    """What people see; `failures` are raised by the next calls, before or after their effect."""

    clock: object
    shown: list[Shown] = field(default_factory=list)
    failures: deque[Exception | None] = field(default_factory=deque)
    failures_after: deque[Exception | None] = field(default_factory=deque)
    calls: list[str] = field(default_factory=list)
    ids: itertools.count = field(default_factory=lambda: itertools.count(100))

    def titles(self, channel_id: int | None = None) -> list[str]:
        return [m.card.title for m in self.shown if channel_id in (None, m.channel_id)]

    async def send(self, channel_id: int, card: Card) -> int:
        self._begin("send")
        now = self.clock()
        for message in self.shown:
            if message.card.marker == card.marker and now < message.nonce_until:
                return message.id
        message = Shown(next(self.ids), channel_id, card, now, now + NONCE_WINDOW)
        self.shown.append(message)
        self._end()
        return message.id

    async def edit(self, channel_id: int, message_id: int, card: Card) -> None:
        self._begin("edit")
        for message in self.shown:
            if message.id == message_id:
                message.card = card
                return self._end()
        raise MessageGone("Somebody deleted the message.")

    async def delete(self, channel_id: int, message_id: int) -> None:
        self._begin("delete")
        self.shown = [m for m in self.shown if m.id != message_id]
        self._end()

    async def find(self, channel_id: int, marker: str, *, after: datetime) -> int | None:
        self._begin("find")
        for message in self.shown:
            if message.card.marker == marker and message.sent_at >= after:
                return message.id
        return None

    def _begin(self, call: str) -> None:
        self.calls.append(call)
        failure = self.failures.popleft() if self.failures else None
        if failure is not None:
            raise failure

    def _end(self) -> None:
        failure = self.failures_after.popleft() if self.failures_after else None
        if failure is not None:
            raise failure


TORN = OutcomeUnknown("The connection broke.")
