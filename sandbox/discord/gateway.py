"""Serve the gateway: connections, sessions, events."""

import asyncio
import contextlib
import json
import secrets
import time
from collections import deque

from aiohttp import WSMsgType, web

from . import payloads, portal
from .dispatch import KNOWN, PRIVILEGED, Intent, frame, guild_create
from .events import Event
from .members import member_chunks
from .sessions import Connection, Session
from .state import State
from .wire import Json

MAX_SEND_BYTES = 4096
MAX_SENDS_PER_MINUTE = 120
_QUEUE = 10_000


class Gateway:
    """Speaks gateway v10 in plain text frames; clients that ask for compression accept them too."""

    def __init__(self, state: State, *, token: str, heartbeat_seconds: float = 41.25) -> None:
        self._state = state
        self._token = token
        self._heartbeat_seconds = heartbeat_seconds
        self._sessions: dict[str, Session] = {}
        self._sockets: dict[web.WebSocketResponse, web.Request] = {}
        self._away_until = 0.0
        self._stop_listening = state.listen(self._hear)
        self.url = ""
        self.identify_count = 0
        """How often a client identified; each costs one of 1,000 a day."""
        self.resume_count = 0
        """How often a client resumed a session."""

    # For tests and for whoever plays Discord

    @property
    def connected(self) -> bool:
        """Tell whether some client has a session with a connection."""
        return any(each.outgoing is not None for each in self._sessions.values())

    async def wait_connected(self, *, timeout: float = 10.0) -> None:
        """Wait until some client has a session with a connection.

        Raises:
            TimeoutError: none came within `timeout` seconds.
        """
        what = "a client at the gateway"
        await self._state.until(lambda: self.connected, timeout=timeout, what=what)

    async def drop(self, code: int = 1001) -> None:
        """Close all connections with `code`; sessions stay and may be resumed."""
        for socket in tuple(self._sockets):
            await socket.close(code=code)

    def cut(self) -> None:
        """Cut all connections without a word, as a broken network does; sessions stay."""
        for request in self._sockets.values():
            if request.transport is not None:
                request.transport.abort()

    async def go_away(self, seconds: float) -> None:
        """Close all connections and refuse new ones for `seconds`."""
        self._away_until = time.monotonic() + seconds
        await self.drop()

    async def ask_to_reconnect(self) -> None:
        """Send RECONNECT (op 7) to every client."""
        await self._send_all({"op": 7, "d": None})

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Send INVALID SESSION (op 9) to every client; unless resumable, sessions are forgotten."""
        if not resumable:
            self._sessions.clear()
        await self._send_all({"op": 9, "d": resumable})

    async def close(self) -> None:
        """End everything."""
        self._stop_listening()
        await self.drop(1000)

    # Connections

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection from HELLO to its end."""
        if time.monotonic() < self._away_until:
            return web.Response(status=503, text="The gateway is away.")
        socket = web.WebSocketResponse(max_msg_size=1 << 20)
        await socket.prepare(request)
        self._sockets[socket] = request
        connection = Connection(socket, asyncio.Queue(_QUEUE))
        sender = asyncio.create_task(connection.send_for_ever())
        try:
            connection.send({"op": 10, "d": {"heartbeat_interval": self._heartbeat_ms}})
            await self._receive(connection)
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            self._sockets.pop(socket, None)
            if connection.session and connection.session.outgoing is connection.outgoing:
                connection.session.outgoing = None
                self._state.emit("gateway_disconnect", {"session_id": connection.session.id})
        return socket

    @property
    def _heartbeat_ms(self) -> int:
        return int(self._heartbeat_seconds * 1000)

    async def _receive(self, connection: Connection) -> None:
        sends: deque[float] = deque(maxlen=MAX_SENDS_PER_MINUTE + 1)
        while not connection.socket.closed:
            try:
                message = await connection.socket.receive(timeout=2 * self._heartbeat_seconds)
            except TimeoutError:
                await connection.socket.close(code=4009)
                return
            if message.type is not WSMsgType.TEXT:
                return
            sends.append(time.monotonic())
            code = 0
            if len(sends) == sends.maxlen and sends[-1] - sends[0] < 60:
                code = 4008
            elif len(message.data) > MAX_SEND_BYTES:
                code = 4002
            else:
                code = self._obey(connection, message.data)
            if code:
                await connection.socket.close(code=code)
                return

    def _obey(self, connection: Connection, text: str) -> int:
        """Do what a client's payload says; returns the code to close with, or 0."""
        try:
            payload = json.loads(text)
            op, data = payload["op"], payload.get("d")
        except (ValueError, KeyError, TypeError):
            return 4002
        if op == 1:
            connection.send({"op": 11, "d": None})
        elif op == 2:
            return self._identify(connection, data)
        elif op == 6:
            return self._resume(connection, data)
        elif connection.session is None:
            return 4003
        elif op == 8:
            for chunk in member_chunks(self._state, data, connection.session.intents):
                connection.session.dispatch("GUILD_MEMBERS_CHUNK", chunk)
        elif op not in (3, 4):
            return 4001
        return 0

    def _identify(self, connection: Connection, data: Json) -> int:
        if connection.session is not None:
            return 4005
        if data.get("token") != self._token:
            return 4004
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~KNOWN:
            return 4013
        if intents & PRIVILEGED & ~self._state.application.privileged_intents:
            return 4014
        shard = tuple(data.get("shard") or (0, 1))
        if len(shard) != 2 or not 0 <= shard[0] < shard[1]:
            return 4010
        self.identify_count += 1
        session = Session(secrets.token_hex(16), intents, (shard[0], shard[1]))
        self._sessions[session.id] = session
        while len(self._sessions) > 32:
            self._sessions.pop(next(iter(self._sessions)))
        connection.attach(session)
        self._greet(session)
        self._state.emit("gateway_connect", {"session_id": session.id})
        return 0

    def _greet(self, session: Session) -> None:
        state = self._state
        app = state.application
        guilds = [
            guild
            for guild in state.guilds.values()
            if app.bot_id in guild.members
            and (guild.id >> 22) % session.shard[1] == session.shard[0]
        ]
        ready: Json = {
            "v": 10,
            "user": payloads.user(state.bot) | {"verified": True, "mfa_enabled": False},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {"id": str(app.id), "flags": portal.application_flags(app)},
        }
        session.dispatch("READY", ready)
        if session.intents & Intent.GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", guild_create(guild, state, session.intents))

    def _resume(self, connection: Connection, data: Json) -> int:
        if data.get("token") != self._token:
            return 4004
        session = self._sessions.get(str(data.get("session_id")))
        missed = session.missed(int(data.get("seq") or 0)) if session else None
        if session is None or missed is None:
            connection.send({"op": 9, "d": False})
            return 0
        self.resume_count += 1
        for text in missed:
            connection.outgoing.put_nowait(text)
        connection.attach(session)
        session.dispatch("RESUMED", {})
        self._state.emit("gateway_connect", {"session_id": session.id})
        return 0

    # Events

    def _hear(self, event: Event) -> None:
        for session in self._sessions.values():
            told = frame(event, self._state, session.intents, session.shard)
            if told is None:
                continue
            # A client that does not read: it resumes when it finds the connection closed.
            if not session.dispatch(*told):
                self.cut()

    async def _send_all(self, payload: Json) -> None:
        for socket in tuple(self._sockets):
            with contextlib.suppress(ConnectionError):
                await socket.send_str(json.dumps(payload))
