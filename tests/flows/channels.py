"""A publisher over imaginary channels, with the promises and the failures of the port."""

import itertools
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from core.announcements import NONCE_WINDOW
from core.errors import MessageGone, OutcomeUnknown, TemporaryError
from core.sheets import Showable, is_forum_post


class Weather(Enum):
    """How Discord is doing, until told otherwise."""

    FINE = auto()
    REFUSING = auto()
    THROTTLING = auto()
    LOSING_REQUESTS = auto()
    LOSING_ANSWERS = auto()


@dataclass
class Shown:
    id: int
    channel_id: int
    card: Showable
    sent_at: datetime
    nonce_until: datetime
    is_crossposted: bool = False


@dataclass
class Channels:
    """What people see.

    `failures` are raised by the next calls, before or after their effect; `weather` by all calls
    as long as it lasts.
    """

    clock: object
    shown: list[Shown] = field(default_factory=list)
    failures: deque[Exception | None] = field(default_factory=deque)
    failures_after: deque[Exception | None] = field(default_factory=deque)
    calls: list[str] = field(default_factory=list)
    ids: itertools.count = field(default_factory=lambda: itertools.count(100))
    weather: Weather = Weather.FINE

    def titles(self, channel_id: int | None = None) -> list[str]:
        return [m.card.title for m in self.shown if channel_id in (None, m.channel_id)]

    def told(self, channel_id: int) -> list[str]:
        """What a channel tells, in its order: a digest tells each of its lines."""
        lines = []
        for card in (m.card for m in self.shown if m.channel_id == channel_id):
            if re.match(r"[\d,]+ changes ", card.title):
                lines += card.text.partition("\n\n")[2].split("\n")
            else:
                lines.append(card.title)
        return lines

    async def send(self, channel_id: int, card: Showable) -> int:
        self._begin("send")
        now = self.clock()
        for message in self.shown:
            if message.card.marker == card.marker and now < message.nonce_until:
                return message.id
        # Threads have no nonce.
        nonce_until = now if is_forum_post(card) else now + NONCE_WINDOW
        message = Shown(next(self.ids), channel_id, card, now, nonce_until)
        self.shown.append(message)
        self._end()
        return message.id

    async def crosspost(self, channel_id: int, message_id: int) -> None:
        self._begin("crosspost")
        for message in self.shown:
            if message.id == message_id:
                message.is_crossposted = True
                return self._end()
        raise MessageGone("Somebody deleted the message.")

    async def edit(self, channel_id: int, message_id: int, card: Showable) -> None:
        self._begin("edit")
        for message in self.shown:
            if message.id == message_id:
                message.card = card
                return self._end()
        raise MessageGone("Somebody deleted the message.")

    async def delete(self, channel_id: int, message_id: int, *, in_forum: bool = False) -> None:
        self._begin("delete")
        self.shown = [m for m in self.shown if m.id != message_id]
        self._end()

    async def find(
        self, channel_id: int, marker: str, *, after: datetime, in_forum: bool = False
    ) -> int | None:
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
        match self.weather:
            case Weather.REFUSING:
                raise TemporaryError("Discord is away.")
            case Weather.THROTTLING:
                raise TemporaryError("Discord asks to wait.", retry_after=timedelta(seconds=20))
            case Weather.LOSING_REQUESTS:
                raise OutcomeUnknown("The request was lost.")
            case _:
                return

    def _end(self) -> None:
        failure = self.failures_after.popleft() if self.failures_after else None
        if failure is not None:
            raise failure
        if self.weather is Weather.LOSING_ANSWERS:
            raise OutcomeUnknown("The answer was lost.")


TORN = OutcomeUnknown("The connection broke.")
