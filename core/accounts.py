"""Creators: connected Patreon accounts and the state of their tokens."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class TokenState(StrEnum):
    """What is known of a creator's tokens.

    `BROKEN`: Patreon refused them, only connecting again helps. `BLOCKED`: Patreon's edge
    refuses this machine. `THROTTLED`: asked to slow down. These two pass by themselves.
    `DISCONNECTED`: somebody disconnected the account, so there are none.
    """

    UNTRIED = "untried"
    OK = "ok"
    BROKEN = "broken"
    BLOCKED = "blocked"
    THROTTLED = "throttled"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """An access token and, unless the pair cannot be renewed, its single-use refresh token.

    `version` counts the pairs stored for a creator, so that a caller that lost a race notices
    that another one has already renewed.
    """

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    obtained_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Creator:
    """A connected account; `patreon_id` and `name` are None until Patreon told them.

    `scopes` is what the tokens may do, None when it is not known.
    """

    id: int
    patreon_id: str | None = None
    name: str | None = None
    token_state: TokenState = TokenState.UNTRIED
    token_reason: str | None = None
    token_checked_at: datetime | None = None
    seed_hash: str | None = None
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalLease:
    """A process has reserved the renewal of a creator's tokens until then."""

    by: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildCreator:
    """An account was connected through a guild, which may follow its campaigns.

    `connected_by` is the Discord user, None when the configuration did it.
    """

    guild_id: int
    creator_id: int
    connected_by: int | None = None
    connected_at: datetime | None = None
