"""What the use cases need from the database about connected accounts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.accounts import Creator, GuildCreator, RenewalLease, TokenPair, TokenState


class Creators(Protocol):
    """Connected accounts. Tokens are encrypted at rest."""

    async def add(self, *, seed_hash: str | None = None) -> int:
        """Make an account without tokens; gives its id."""
        ...

    async def all(self) -> Sequence[Creator]:
        """All accounts, oldest first."""
        ...

    async def get(self, creator_id: int) -> Creator | None:
        """One account."""
        ...

    async def lock(self, creator_id: int) -> None:
        """Let nobody else change an account, or who uses it, until the transaction ends."""
        ...

    async def tokens(self, creator_id: int) -> TokenPair | None:
        """The stored pair."""
        ...

    async def save_tokens(
        self, creator_id: int, pair: TokenPair, *, seed_hash: str | None = None
    ) -> TokenPair:
        """Replace the pair, counting its version up; the state becomes `UNTRIED`.

        A given `seed_hash` replaces the stored one. Gives the pair as stored.
        """
        ...

    async def set_token_state(
        self, creator_id: int, state: TokenState, *, reason: str | None, at: datetime
    ) -> None:
        """Note what was learnt of the tokens, unless they have been deleted meanwhile."""
        ...

    async def set_identity(self, creator_id: int, *, patreon_id: str, name: str | None) -> None:
        """Note whose account it is."""
        ...

    async def set_scopes(self, creator_id: int, scopes: frozenset[str] | None) -> None:
        """Note what the tokens may do, None when it is not known."""
        ...

    async def forget_tokens(self, creator_id: int, *, at: datetime) -> None:
        """Delete the pair; the state becomes `DISCONNECTED`. The account itself stays known."""
        ...

    async def lease_renewal(
        self, creator_id: int, *, version: int, by: str, now: datetime, until: datetime
    ) -> bool:
        """Reserve the renewal of the pair `version` for `by`, in one statement.

        Gives whether it succeeded: not while the lease of another runs, nor when the pair has
        been replaced. `save_tokens` ends a lease, as does `end_renewal`.
        """
        ...

    async def renewal(self, creator_id: int) -> RenewalLease | None:
        """Who has reserved the renewal, which may have run out; it stays so until the commit."""
        ...

    async def end_renewal(self, creator_id: int, *, by: str) -> None:
        """Give a reservation back."""
        ...

    async def end_renewals(self, now: datetime) -> int:
        """Let all reservations run out, for a process that runs alone; gives how many did."""
        ...


class Connections(Protocol):
    """Through which guilds accounts were connected."""

    async def save(self, connection: GuildCreator, *, at: datetime) -> None:
        """Note that an account was connected through a guild; the latest person stays."""
        ...

    async def remove(self, guild_id: int, creator_id: int) -> bool:
        """Forget a guild's account; gives whether it had it."""
        ...

    async def of_guild(self, guild_id: int) -> Sequence[GuildCreator]:
        """A guild's accounts, oldest first."""
        ...

    async def of_creator(self, creator_id: int) -> Sequence[GuildCreator]:
        """The guilds through which an account was connected."""
        ...
