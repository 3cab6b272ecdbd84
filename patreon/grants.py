"""The token endpoint's grammar, without I/O.

Source: docs.patreon.com, "OAuth": both tokens rotate, and a refresh token works once.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from core.accounts import TokenPair
from patreon import values
from patreon.answers import Answer

_LONGEST_LIFE = timedelta(days=3650)
_LONGEST_SCOPE = 64
_MOST_SCOPES = 64


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    """What a renewal has to show. It goes into the body: an address ends in logs."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)

    def form(self) -> dict[str, str]:
        """The fields of the request."""
        return {
            "grant_type": "refresh_token",
            "refresh_token": self.refresh_token,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }


def code_form(client_id: str, client_secret: str, code: str, redirect_uri: str) -> dict[str, str]:
    """The fields of the request that turns a code into a first pair."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": client_id,
        "client_secret": client_secret,
    }


class _Scopes(msgspec.Struct):
    scope: object = None


class _Grant(msgspec.Struct):
    access_token: object = None
    refresh_token: object = None
    expires_in: object = None


class _Refusal(msgspec.Struct):
    error: object = None


def read_pair(answer: Answer) -> TokenPair | None:
    """Read a new pair; None when it is not complete, which must never replace a stored one."""
    try:
        grant = msgspec.json.decode(answer.body, type=_Grant)
    except (ValueError, RecursionError):
        return None
    access, refresh = values.text(grant.access_token), values.text(grant.refresh_token)
    if not access or not access.strip() or not refresh or not refresh.strip():
        return None
    life = values.whole(grant.expires_in)
    return TokenPair(
        access=access,
        refresh=refresh,
        obtained_at=answer.received_at,
        expires_at=_end(answer.received_at, life) if life and life > 0 else None,
    )


def read_scopes(answer: Answer) -> frozenset[str] | None:
    """Read what was granted, None when the answer does not say."""
    try:
        scopes = msgspec.json.decode(answer.body, type=_Scopes).scope
    except (ValueError, RecursionError):
        return None
    names = scopes.split() if isinstance(scopes, str) else ()
    return frozenset(name[:_LONGEST_SCOPE] for name in names[:_MOST_SCOPES]) or None


def refusal_of(answer: Answer) -> str:
    """Read the error's name, such as `invalid_grant`; empty when the answer names none."""
    try:
        name = msgspec.json.decode(answer.body, type=_Refusal).error
    except (ValueError, RecursionError):
        return ""
    return name if isinstance(name, str) else ""


def is_half_spent(pair: TokenPair, now: datetime) -> bool:
    """Whether half of the pair's life is over; never for a pair of unknown age or end.

    Source: reports of other sites, whose tokens died a third before their announced end.
    """
    if pair.obtained_at is None or pair.expires_at is None:
        return False
    return now >= pair.obtained_at + (pair.expires_at - pair.obtained_at) / 2


def _end(start: datetime, seconds: int) -> datetime:
    return start + min(timedelta(seconds=min(seconds, 10**9)), _LONGEST_LIFE)
