"""The clients of all creators: one connection pool and one limiter for the process."""

import asyncio
import secrets

import httpx

from core.meters import NO_METERS, Meters
from core.ports import Clock, Usage
from core.store import Store
from patreon.client import PatreonClient
from patreon.limits import Limiter, Monotonic, Sleep
from patreon.oauth import PatreonOAuth
from patreon.settings import PatreonSettings
from patreon.tokens import Tokens
from patreon.transport import Transport


class PatreonClients:
    """Gives each creator's client (it is a `core.ports.PatreonOf`); close it at the end.

    `clock` tells the time of day, `monotonic` and `sleep` drive the limiter: `time.monotonic`
    and `asyncio.sleep` in earnest. `holder` names this process among those that share the
    database; without one it is made up.
    """

    def __init__(
        self,
        settings: PatreonSettings,
        *,
        store: Store,
        clock: Clock,
        monotonic: Monotonic,
        sleep: Sleep,
        meters: Meters = NO_METERS,
        holder: str | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._limiter = Limiter(settings.limits, monotonic=monotonic, sleep=sleep)
        self._http = _open_http(settings)
        self._transport = Transport(self._http, self._limiter, settings, clock, meters)
        self._holder = holder or secrets.token_hex(8)
        self._tokens: dict[int, Tokens] = {}
        self._clients: dict[int, PatreonClient] = {}

    def __call__(self, creator_id: int) -> PatreonClient:
        """Give the creator's client, always the same one."""
        client = self._clients.get(creator_id)
        if client is None:
            tokens = Tokens(
                creator_id,
                store=self._store,
                transport=self._transport,
                clock=self._clock,
                sleep=self._sleep,
                holder=self._holder,
            )
            client = PatreonClient(
                creator_id,
                tokens=tokens,
                transport=self._transport,
                is_pressed=lambda: self._store.has_deliveries_coming,
            )
            self._tokens[creator_id], self._clients[creator_id] = tokens, client
        return client

    def reload(self, creator_id: int) -> None:
        """Look at a creator's tokens anew: they were replaced or deleted."""
        tokens = self._tokens.get(creator_id)
        if tokens is not None:
            tokens.reload()

    @property
    def oauth(self) -> PatreonOAuth:
        """The way to ask people for their consent."""
        return PatreonOAuth(self._transport)

    def usage(self, creator_id: int | None = None) -> Usage:
        """Tell how much of the limits is used; None: by the busiest creator."""
        return self._limiter.usage(creator_id)

    async def aclose(self) -> None:
        """End renewals that are under way and close the connections.

        It takes about as long as the settings' `closing` at most, however many creators there are.
        """
        try:
            closings = (tokens.aclose() for tokens in self._tokens.values())
            # Each is heard out before any defect is told, so that none costs another's tokens.
            ends = await asyncio.gather(*closings, return_exceptions=True)
            for defect in ends:
                if defect is not None:
                    raise defect
        finally:
            await self._http.aclose()


def _open_http(settings: PatreonSettings) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        headers={"User-Agent": settings.user_agent, "Accept": "application/vnd.api+json"},
        timeout=httpx.Timeout(settings.timeout.total_seconds()),
        limits=httpx.Limits(max_connections=settings.max_connections),
        follow_redirects=False,
    )
