"""Connected accounts and their sealed tokens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update

from core.accounts import Creator, RenewalLease, TokenPair, TokenState
from core.errors import PermanentError
from storage.connection import AnyRow, Connection
from storage.tables import creators
from storage.types import Vault


class SqlCreators:
    """Implements `core.store.Creators`."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, *, seed_hash: str | None = None) -> int:
        """Make an account without tokens; gives its id."""
        statement = insert(creators).values(
            seed_hash=seed_hash, token_state=TokenState.UNTRIED.value
        )
        creator_id: int = await self._connection.value(statement.returning(creators.c.id))
        return creator_id

    async def all(self) -> Sequence[Creator]:
        """All accounts, oldest first."""
        rows = await self._connection.all(select(creators).order_by(creators.c.id))
        return [_creator(row) for row in rows]

    async def get(self, creator_id: int) -> Creator | None:
        """One account."""
        row = await self._row(creator_id)
        return _creator(row) if row else None

    async def lock(self, creator_id: int) -> None:
        """Let nobody else change an account, or who uses it, until the transaction ends."""
        await self._connection.all(
            select(creators.c.id).where(creators.c.id == creator_id).with_for_update()
        )

    async def tokens(self, creator_id: int) -> TokenPair | None:
        """The stored pair.

        Raises:
            PermanentError: it was sealed with a key that is no longer configured.
        """
        row = await self._row(creator_id)
        access = self._vault.open(row.access) if row else None
        if row is None or access is None:
            return None
        return TokenPair(
            access=access,
            refresh=self._vault.open(row.refresh),
            expires_at=row.expires_at,
            obtained_at=row.obtained_at,
            version=row.token_version,
        )

    async def save_tokens(
        self, creator_id: int, pair: TokenPair, *, seed_hash: str | None = None
    ) -> TokenPair:
        """Replace the pair, counting its version up; the state becomes `UNTRIED`.

        Raises:
            ValueError: the pair has no access token; the stored pair stays.
            LookupError: there is no such account.
        """
        if not pair.access:
            raise ValueError("A pair without an access token never replaces a stored one.")
        values: dict[str, Any] = {} if seed_hash is None else {"seed_hash": seed_hash}
        version = await self._connection.value(
            update(creators)
            .where(creators.c.id == creator_id)
            .values(
                access=self._vault.seal(pair.access),
                refresh=self._vault.seal(pair.refresh),
                expires_at=pair.expires_at,
                obtained_at=pair.obtained_at,
                token_version=creators.c.token_version + 1,
                token_state=TokenState.UNTRIED.value,
                token_reason=None,
                renewing_by=None,
                renewing_until=None,
                **values,
            )
            .returning(creators.c.token_version)
        )
        if version is None:
            raise LookupError(f"There is no creator {creator_id}.")
        return TokenPair(
            access=pair.access,
            refresh=pair.refresh,
            expires_at=pair.expires_at,
            obtained_at=pair.obtained_at,
            version=version,
        )

    async def prove_keys(self) -> None:
        """Open every stored token.

        Raises:
            PermanentError: one was sealed with a key that is no longer configured.
        """
        for row in await self._connection.all(select(creators)):
            self._open(row)

    async def forget_lost_tokens(self) -> int:
        """Forget the tokens that no key opens; gives how many accounts had such."""
        rows = await self._connection.all(select(creators))
        lost = [row.id for row in rows if not self._is_open(row)]
        for creator_id in lost:
            await self._set(creator_id, access=None, refresh=None)
        return len(lost)

    def _open(self, row: AnyRow) -> None:
        for sealed in (row.access, row.refresh):
            self._vault.open(sealed)

    def _is_open(self, row: AnyRow) -> bool:
        try:
            self._open(row)
        except PermanentError:
            return False
        return True

    async def set_token_state(
        self, creator_id: int, state: TokenState, *, reason: str | None, at: datetime
    ) -> None:
        """Note what was learnt of the tokens, unless they have been deleted meanwhile."""
        await self._connection.run(
            update(creators)
            .where(
                creators.c.id == creator_id,
                creators.c.token_state != TokenState.DISCONNECTED.value,
            )
            .values(token_state=state.value, token_reason=reason, token_checked_at=at)
        )

    async def set_identity(self, creator_id: int, *, patreon_id: str, name: str | None) -> None:
        """Note whose account it is."""
        await self._set(creator_id, patreon_id=patreon_id, name=name)

    async def set_scopes(self, creator_id: int, scopes: frozenset[str] | None) -> None:
        """Note what the tokens may do, None when it is not known."""
        await self._set(creator_id, scopes=None if scopes is None else " ".join(sorted(scopes)))

    async def forget_tokens(self, creator_id: int, *, at: datetime) -> None:
        """Delete the pair; the state becomes `DISCONNECTED`."""
        await self._set(
            creator_id,
            access=None,
            refresh=None,
            expires_at=None,
            obtained_at=None,
            scopes=None,
            token_version=creators.c.token_version + 1,
            token_state=TokenState.DISCONNECTED.value,
            token_reason=None,
            token_checked_at=at,
            renewing_by=None,
            renewing_until=None,
        )

    async def lease_renewal(
        self, creator_id: int, *, version: int, by: str, now: datetime, until: datetime
    ) -> bool:
        """Reserve the renewal of the pair `version` for `by`, in one statement."""
        statement = (
            update(creators)
            .where(
                creators.c.id == creator_id,
                creators.c.token_version == version,
                or_(creators.c.renewing_until.is_(None), creators.c.renewing_until <= now),
            )
            .values(renewing_by=by, renewing_until=until)
        )
        return bool(await self._connection.run(statement))

    async def renewal(self, creator_id: int) -> RenewalLease | None:
        """Who has reserved the renewal, which may have run out; it stays so until the commit."""
        row = await self._connection.first(
            select(creators).where(creators.c.id == creator_id).with_for_update()
        )
        if row is None or row.renewing_until is None:
            return None
        return RenewalLease(by=row.renewing_by or "", until=row.renewing_until)

    async def end_renewal(self, creator_id: int, *, by: str) -> None:
        """Give a reservation back."""
        await self._connection.run(
            update(creators)
            .where(creators.c.id == creator_id, creators.c.renewing_by == by)
            .values(renewing_by=None, renewing_until=None)
        )

    async def end_renewals(self, now: datetime) -> int:
        """Let all reservations run out; gives how many did."""
        return await self._connection.run(
            update(creators).where(creators.c.renewing_until > now).values(renewing_until=now)
        )

    async def _row(self, creator_id: int) -> AnyRow | None:
        return await self._connection.first(select(creators).where(creators.c.id == creator_id))

    async def _set(self, creator_id: int, **values: Any) -> None:
        await self._connection.run(
            update(creators).where(creators.c.id == creator_id).values(**values)
        )


def _creator(row: AnyRow) -> Creator:
    return Creator(
        id=row.id,
        patreon_id=row.patreon_id,
        name=row.name,
        token_state=TokenState(row.token_state),
        token_reason=row.token_reason,
        token_checked_at=row.token_checked_at,
        seed_hash=row.seed_hash,
        scopes=None if row.scopes is None else frozenset(row.scopes.split()),
    )
