"""How often a stranger may try: a limit that counts only what was not signed."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.ports import Clock
from web.addresses import network_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """How patient the door is.

    `most` requests without a valid signature are taken from one client at once, and as many in
    each `window`. A client that sent a signed one within `known_for` is never turned away:
    Patreon's own servers must not be, whatever else comes from their address or from behind the
    same proxy. `most_clients` bounds the memory: who was not heard of longest is forgotten.
    """

    most: int = 60
    window: timedelta = timedelta(minutes=1)
    known_for: timedelta = timedelta(days=1)
    most_clients: int = 10_000


@dataclass(slots=True)
class _Client:
    left: float
    at: datetime
    signed_at: datetime | None = None


class UnsignedLimit:
    """Counts requests without a valid signature by client: an IPv4 address or an IPv6 /64."""

    def __init__(self, settings: LimitSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._clients: OrderedDict[str, _Client] = OrderedDict()

    def wait(self, address: str) -> timedelta | None:
        """Tell how long the client must wait before its next request, None when not at all."""
        client = self._clients.get(network_of(address))
        if client is None:
            return None
        now = self._clock()
        if self._is_known(client, now):
            return None
        self._refill(client, now)
        if client.left >= 1:
            return None
        return timedelta(seconds=math.ceil((1 - client.left) * self._seconds_each))

    def note_signed(self, address: str) -> None:
        """Note a request with a valid signature."""
        self._client(address).signed_at = self._clock()

    def note_unsigned(self, address: str) -> None:
        """Count a request without one."""
        client = self._client(address)
        self._refill(client, self._clock())
        client.left = max(client.left - 1, 0)

    @property
    def _seconds_each(self) -> float:
        return self._settings.window.total_seconds() / self._settings.most

    def _client(self, address: str) -> _Client:
        key = network_of(address)
        client = self._clients.get(key)
        if client is None:
            client = self._clients[key] = _Client(self._settings.most, self._clock())
            if len(self._clients) > self._settings.most_clients:
                self._clients.popitem(last=False)
        else:
            self._clients.move_to_end(key)
        return client

    def _refill(self, client: _Client, now: datetime) -> None:
        # A clock that was set back gives nothing and takes nothing.
        passed = max((now - client.at).total_seconds(), 0)
        client.left = min(client.left + passed / self._seconds_each, self._settings.most)
        client.at = now

    def _is_known(self, client: _Client, now: datetime) -> bool:
        return client.signed_at is not None and now - client.signed_at < self._settings.known_for
