"""The stored side of one creator's tokens: the pair, its state, and whose turn a renewal is."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.accounts import Creator, TokenPair, TokenState
from core.errors import TemporaryError, TokenBroken
from core.ports import Clock
from core.steps import step
from core.store import Store

log = logging.getLogger(__name__)

_MOST_LEASES = 10
"""A reservation that ends later than so many from now was made by a wrong clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The answer to a wish to renew.

    `stored` is the pair as it is now. `until` is set when this process may renew it until then;
    `held_until` when another one has reserved that. Both None: the pair has been replaced.
    `is_taken_over`: an earlier holder never said what came of its renewal.
    """

    stored: TokenPair
    until: datetime | None = None
    held_until: datetime | None = None
    is_taken_over: bool = False


class StoredTokens:
    """One creator's row. `holder` names this process among those that share the database."""

    def __init__(self, creator_id: int, *, store: Store, clock: Clock, holder: str) -> None:
        self._id = creator_id
        self._store = store
        self._clock = clock
        self._holder = holder
        self._state: TokenState | None = None

    async def load(self) -> TokenPair:
        """Give the stored pair.

        Raises:
            TokenBroken: there is none, or Patreon has refused it.
        """
        async with self._store.read() as work:
            creator = await work.creators.get(self._id)
            pair = await work.creators.tokens(self._id)
        return self._usable(creator, pair)

    async def reserve(self, pair: TokenPair, *, lease: timedelta) -> Turn:
        """Ask to be the only one that renews `pair`, for `lease`.

        Raises:
            TokenBroken: there is no pair any more, or Patreon has refused it.
        """
        now = self._clock()
        until = now + lease
        async with self._store.write() as work:
            before = await work.creators.renewal(self._id)
            # A clock that was wrong or set back must not hold a renewal for ever.
            is_odd = before is not None and before.until > now + _MOST_LEASES * lease
            if before is not None and (before.by == self._holder or is_odd):
                await work.creators.end_renewal(self._id, by=before.by)
            is_mine = await work.creators.lease_renewal(
                self._id, version=pair.version, by=self._holder, now=now, until=until
            )
            creator = await work.creators.get(self._id)
            stored = self._usable(creator, await work.creators.tokens(self._id))
        if is_mine:
            is_taken_over = before is not None and before.by != self._holder
            return Turn(stored=stored, until=until, is_taken_over=is_taken_over)
        if stored.version != pair.version or before is None:
            return Turn(stored=stored)
        return Turn(stored=stored, held_until=before.until)

    def _usable(self, creator: Creator | None, pair: TokenPair | None) -> TokenPair:
        if creator is None or pair is None:
            raise TokenBroken(f"Creator {self._id} has no tokens: connect the account.")
        if creator.token_state is TokenState.BROKEN:
            raise TokenBroken(
                creator.token_reason
                or f"The tokens of creator {self._id} are refused: connect the account again."
            )
        self._state = creator.token_state
        return pair

    async def release(self) -> None:
        """Let others renew; a reservation that cannot be given back runs out by itself."""
        try:
            async with self._store.write() as work:
                await work.creators.end_renewal(self._id, by=self._holder)
        except TemporaryError as error:
            log.warning(
                "renewal not given back", extra={"creator_id": self._id, "reason": str(error)}
            )

    async def save(self, pair: TokenPair, *, spent_version: int | None) -> TokenPair:
        """Store a new pair, unless the stored one is not that of `spent_version` any more.

        Then somebody has connected the account meanwhile; theirs is the later wish, and the pair
        that is given.

        Raises:
            TokenBroken: somebody has disconnected the account meanwhile.
        """
        async with self._store.write() as work:
            # Whoever connects or disconnects the account waits here, or was first.
            await work.creators.lock(self._id)
            stored = await work.creators.tokens(self._id)
            if stored is None:
                raise TokenBroken(f"Creator {self._id} was disconnected: connect the account.")
            if stored.version != spent_version:
                saved, self._state = stored, None
                await work.creators.end_renewal(self._id, by=self._holder)
            else:
                saved = await work.creators.save_tokens(self._id, pair)
                self._state = TokenState.UNTRIED
            step("tokens.written")
        step("tokens.saved")
        return saved

    async def note(self, state: TokenState, *, reason: str | None = None) -> None:
        """Keep what was learnt of the tokens, when it is news."""
        if self._state is state:
            return
        previous, self._state = self._state, state
        try:
            async with self._store.write() as work:
                await work.creators.set_token_state(
                    self._id, state, reason=reason, at=self._clock()
                )
        except TemporaryError as error:
            self._state = previous
            log.warning(
                "token state not noted", extra={"creator_id": self._id, "reason": str(error)}
            )

    def forget(self) -> None:
        """Forget what is remembered of the state."""
        self._state = None

    async def break_(self, used: TokenPair, reason: str) -> TokenPair:
        """Note that `used` is refused; gives the pair that somebody else has stored meanwhile.

        Raises:
            TokenBroken: nobody has.
        """
        async with self._store.write() as work:
            await work.creators.lock(self._id)
            stored = await work.creators.tokens(self._id)
            await work.creators.end_renewal(self._id, by=self._holder)
            if stored is not None and stored.version != used.version:
                self._state = None
                return stored
            if stored is not None:
                await work.creators.set_token_state(
                    self._id, TokenState.BROKEN, reason=reason, at=self._clock()
                )
        self._state = TokenState.BROKEN
        log.error("tokens broken", extra={"creator_id": self._id, "reason": reason})
        raise TokenBroken(reason)
