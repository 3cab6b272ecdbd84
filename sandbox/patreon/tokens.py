"""OAuth clients, codes and tokens: what Patreon remembers about who may read what.

Source: reference "OAuth2": both tokens rotate, a refresh token works once, scopes are a union.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.patreon.clock import Clock

SCOPES = (
    "identity",
    "identity[email]",
    "identity.memberships",
    "campaigns",
    "w:campaigns.webhook",
    "campaigns.lives",
    "w:campaigns.lives",
    "campaigns.members",
    "campaigns.members[email]",
    "campaigns.members.address",
    "campaigns.posts",
)
V1_SCOPES = ("users", "pledges-to-me", "my-campaign")
TOKEN_LIFETIME = timedelta(seconds=2_678_400)
CODE_LIFETIME = timedelta(minutes=5)
MAX_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Client:
    """An application registered with Patreon by its owner."""

    id: str
    secret: str
    name: str
    owner_id: str | None
    redirect_uris: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token with the refresh token that can replace both, once."""

    access_token: str
    refresh_token: str
    client_id: str
    user_id: str
    scopes: frozenset[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code, to be exchanged once with the same redirect address."""

    value: str
    client_id: str
    user_id: str
    redirect_uri: str
    scopes: frozenset[str]
    expires_at: datetime


class InvalidGrantError(Exception):
    """The code or refresh token is unknown, used, expired or somebody else's."""


class TokenBook:
    """All clients, codes and tokens; with `keep_old_access` a refresh spares the old access one."""

    def __init__(self, now: Clock) -> None:
        self.clients: dict[str, Client] = {}
        self.keep_old_access = False
        self.lifetime = TOKEN_LIFETIME
        self._now = now
        self._access: OrderedDict[str, TokenPair] = OrderedDict()
        self._refresh: OrderedDict[str, TokenPair] = OrderedDict()
        self._codes: OrderedDict[str, Code] = OrderedDict()
        self._granted: dict[tuple[str, str], frozenset[str]] = {}

    def add_client(
        self,
        name: str,
        *,
        owner_id: str | None = None,
        redirect_uris: tuple[str, ...] = (),
        client_id: str | None = None,
        client_secret: str | None = None,
    ) -> Client:
        """Register a client; only its exact redirect addresses are accepted."""
        client = Client(
            id=client_id if client_id is not None else secrets.token_urlsafe(24),
            secret=client_secret if client_secret is not None else secrets.token_urlsafe(32),
            name=name,
            owner_id=owner_id,
            redirect_uris=redirect_uris,
        )
        self.clients[client.id] = client
        return client

    def issue(self, client_id: str, user_id: str, scopes: frozenset[str]) -> TokenPair:
        """Give out a new pair."""
        pair = TokenPair(
            access_token=secrets.token_urlsafe(32),
            refresh_token=secrets.token_urlsafe(32),
            client_id=client_id,
            user_id=user_id,
            scopes=scopes,
            expires_at=self._now() + self.lifetime,
        )
        self._access[pair.access_token] = pair
        self._refresh[pair.refresh_token] = pair
        _trim(self._access)
        _trim(self._refresh)
        return pair

    def grant(
        self, client_id: str, user_id: str, *, redirect_uri: str, scopes: frozenset[str]
    ) -> Code:
        """Note a person's consent; scopes given earlier stay given."""
        united = self._granted.get((client_id, user_id), frozenset()) | scopes
        self._granted[client_id, user_id] = united
        code = Code(
            value=secrets.token_urlsafe(24),
            client_id=client_id,
            user_id=user_id,
            redirect_uri=redirect_uri,
            scopes=united,
            expires_at=self._now() + CODE_LIFETIME,
        )
        self._codes[code.value] = code
        _trim(self._codes)
        return code

    def exchange(self, client_id: str, code: str, redirect_uri: str) -> TokenPair:
        """Turn a code into a pair; the code is spent, whatever comes of it.

        Raises:
            InvalidGrantError: the code is unknown, spent, expired, or of another client or address.
        """
        found = self._codes.pop(code, None)
        if found is None or found.client_id != client_id or found.redirect_uri != redirect_uri:
            raise InvalidGrantError
        if found.expires_at <= self._now():
            raise InvalidGrantError
        return self.issue(client_id, found.user_id, found.scopes)

    def refresh(self, client_id: str, refresh_token: str) -> TokenPair:
        """Replace a pair; the old refresh token dies at once.

        Raises:
            InvalidGrantError: the refresh token is unknown, used, or of another client.
        """
        old = self._refresh.get(refresh_token)
        if old is None or old.client_id != client_id:
            raise InvalidGrantError
        del self._refresh[refresh_token]
        if not self.keep_old_access:
            self._access.pop(old.access_token, None)
        return self.issue(client_id, old.user_id, old.scopes)

    def find(self, access_token: str) -> TokenPair | None:
        """Look up an access token that is still good."""
        pair = self._access.get(access_token)
        return pair if pair is not None and self._now() < pair.expires_at else None

    def revoke(self, pair: TokenPair) -> None:
        """Kill a pair, as a person does under Settings > Connected Apps."""
        self._access.pop(pair.access_token, None)
        self._refresh.pop(pair.refresh_token, None)

    def expire_access(self, pair: TokenPair) -> None:
        """Let an access token die early; its refresh token stays good."""
        self._access.pop(pair.access_token, None)


def _trim(kept: OrderedDict[str, TokenPair] | OrderedDict[str, Code]) -> None:
    while len(kept) > MAX_KEPT:
        kept.popitem(last=False)
