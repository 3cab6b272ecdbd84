"""Remember what each gateway session was told, so that it can be resumed."""

import asyncio
import contextlib
import json
from collections import deque

from aiohttp import web

from .wire import Json

REPLAY = 1000
"""How many events a session can miss and still resume."""


class Session:
    """One IDENTIFY with all that was dispatched to it since; it outlives its connections."""

    def __init__(self, session_id: str, intents: int, shard: tuple[int, int]) -> None:
        self.id = session_id
        self.intents = intents
        self.shard = shard
        self.sequence = 0
        self.outgoing: asyncio.Queue[str] | None = None
        """What the present connection has to send; None while there is no connection."""
        self._sent: deque[tuple[int, str]] = deque(maxlen=REPLAY)

    def dispatch(self, name: str, data: Json) -> bool:
        """Number an event, remember it, and send it when there is a connection.

        Returns:
            False when the connection's queue is full; the event waits for a resume.
        """
        self.sequence += 1
        text = json.dumps({"op": 0, "t": name, "s": self.sequence, "d": data})
        self._sent.append((self.sequence, text))
        if self.outgoing is not None and self.outgoing.full():
            self.outgoing = None
            return False
        if self.outgoing is not None:
            self.outgoing.put_nowait(text)
        return True

    def missed(self, sequence: int) -> list[str] | None:
        """List what was dispatched after `sequence`; None when that is no longer known."""
        oldest = self._sent[0][0] if self._sent else self.sequence + 1
        if not oldest - 1 <= sequence <= self.sequence:
            return None
        return [text for number, text in self._sent if number > sequence]


class Connection:
    """One socket with the queue of what it has to send."""

    def __init__(self, socket: web.WebSocketResponse, outgoing: asyncio.Queue[str]) -> None:
        self.socket = socket
        self.outgoing = outgoing
        self.session: Session | None = None

    def send(self, payload: Json) -> None:
        """Queue a payload that is no event."""
        self.outgoing.put_nowait(json.dumps(payload))

    def attach(self, session: Session) -> None:
        """Let `session` speak through this connection."""
        self.session = session
        session.outgoing = self.outgoing

    async def send_for_ever(self) -> None:
        """Send what is queued, until the socket closes."""
        with contextlib.suppress(ConnectionError):
            while not self.socket.closed:
                await self.socket.send_str(await self.outgoing.get())
