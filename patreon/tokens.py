"""One creator's tokens: which pair to use now, and when and how to renew it.

A refresh token works once, so a lost answer is a lost account: at most one renewal runs at a
time, it is not cancelled with its callers, and its result is stored before anybody uses it.
"""

import asyncio
import logging
from datetime import datetime, timedelta

from core.accounts import TokenPair, TokenState
from core.errors import BotError, PermanentError, TemporaryError, TokenBroken
from core.meters import RENEWALS
from core.ports import Clock
from core.steps import step
from core.store import Store
from patreon.answers import Answer
from patreon.grants import RefreshGrant, is_half_spent, read_pair, refusal_of
from patreon.limits import Sleep
from patreon.protocol import Requests
from patreon.transport import Transport

log = logging.getLogger(__name__)

RETRY_AFTER = timedelta(minutes=1)
"""How long a renewal that failed for a passing reason is not tried again."""

_ANSWERS_SHARE = 0.75
"""How much of the time for closing an answer may take; the rest is for storing it."""

_GRACE_SECONDS = 0.5

_SAVE_DELAYS = (0.1, 0.2, 0.4, 0.8, 1.6)


class Tokens:
    """Gives out the pair of one creator. One object per creator and process."""

    def __init__(
        self, creator_id: int, *, store: Store, transport: Transport, clock: Clock, sleep: Sleep
    ) -> None:
        self._id = creator_id
        self._store = store
        self._transport = transport
        self._clock = clock
        self._sleep = sleep
        self._pair: TokenPair | None = None
        self._unsaved: TokenPair | None = None
        self._spent_version: int | None = None
        self._lacking: dict[str, int] = {}
        self._state: TokenState | None = None
        self._renewal: asyncio.Task[TokenPair] | None = None
        self._is_sent = False
        self._not_before: datetime | None = None

    async def current(self) -> TokenPair:
        """Give the pair to use, renewed when half of its life is over.

        Raises:
            TokenBroken: there is none, or Patreon refused it.
            TemporaryError: it is known to be dead and cannot be renewed at the moment.
        """
        pair = self._pair or self._adopt(await self._load())
        if pair.version == self._spent_version:
            return await self._renewed(pair)
        now = self._clock()
        if not self._grant(pair) or not is_half_spent(pair, now) or self._is_held(now):
            return pair
        try:
            return await self._renewed(pair)
        except TokenBroken:
            raise
        except BotError as error:
            if pair.version == self._spent_version or (pair.expires_at and now >= pair.expires_at):
                raise
            log.warning(
                "tokens not renewed yet", extra={"creator_id": self._id, "reason": str(error)}
            )
            return pair

    async def after_refusal(self, used: TokenPair, *, scope: str) -> TokenPair:
        """Give the pair to try again with, as `used` was just answered 401.

        It is another pair, or `used` itself when it cannot be renewed but is good for other things.

        Raises:
            TokenBroken: there is none, and only connecting again helps.
            PermanentError: it is known already that the tokens lack `scope`.
            TemporaryError: the pair cannot be renewed at the moment.
        """
        if self._pair is not None and self._pair.version != used.version:
            return self._pair
        if self._lacking.get(scope) == used.version:
            stored = await self._load()
            if stored.version == used.version:
                raise self.lacks(scope, used)
            return self._adopt(stored)
        if self._grant(used):
            self._spent_version = used.version
        return await self._renewed(used)

    def lacks(self, scope: str, pair: TokenPair) -> PermanentError:
        """Say that `pair`, although good, may not do what needs `scope`.

        Source: Patreon answers 401 to a missing scope, too (forum topic 8908).
        """
        self._lacking[scope] = pair.version
        return PermanentError(
            f"Patreon refuses creator {self._id} although the tokens are good: they lack the "
            f"scope '{scope}'. Connect the account again and allow everything that is asked for."
        )

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

    async def aclose(self) -> None:
        """End a renewal that is under way, and store what Patreon answered.

        One that was not sent yet is dropped. All in all it takes the settings' `closing` and a
        moment at most.
        """
        seconds = self._transport.settings.closing.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                if self._renewal is not None:
                    await self._finish(self._renewal, seconds * _ANSWERS_SHARE)
                if self._unsaved is not None:
                    await self._save(self._unsaved)
        except (BotError, TimeoutError) as error:
            extra = {"creator_id": self._id, "reason": str(error) or "no time left"}
            log.error("new tokens lost, connect the account again", extra=extra)  # noqa: TRY400
        finally:
            if self._renewal is not None:
                await _end(self._renewal)

    async def _finish(self, renewal: asyncio.Task[TokenPair], seconds: float) -> None:
        """Wait up to `seconds` for an answer if one is to come, and until it is stored."""
        if self._is_sent and not self._has_unsaved():
            await asyncio.wait([renewal], timeout=seconds)
            if not renewal.done() and not self._has_unsaved():
                log.warning("renewal without an answer given up", extra={"creator_id": self._id})
        if self._has_unsaved():
            await asyncio.wait([renewal])
        else:
            await _end(renewal)

    def _has_unsaved(self) -> bool:
        return self._unsaved is not None

    async def _renewed(self, used: TokenPair) -> TokenPair:
        if self._renewal is None or self._renewal.done():
            now = self._clock()
            if self._unsaved is None and self._not_before is not None and self._is_held(now):
                raise TemporaryError(
                    f"The tokens of creator {self._id} could not be renewed a moment ago.",
                    retry_after=self._not_before - now,
                )
            self._is_sent = False
            self._renewal = asyncio.create_task(self._renew(used))
            self._renewal.add_done_callback(_look_at)
        renewal = self._renewal
        await asyncio.wait([renewal])
        if renewal.cancelled():
            raise TemporaryError(f"The tokens of creator {self._id} wait: the process ends.")
        return renewal.result()

    async def _renew(self, used: TokenPair) -> TokenPair:
        if self._unsaved is not None:
            return await self._save(self._unsaved)
        stored = await self._load()
        if stored.version != used.version:
            return self._adopt(stored)
        grant = self._grant(stored)
        try:
            if grant is None:
                return await self._probe(stored)
            step("tokens.asking")
            answer = await self._transport.send_form(grant.form(), on_turn=self._note_sent)
            step("tokens.answered")
            return await self._take(answer, stored)
        except TokenBroken:
            self._transport.meters.count(RENEWALS, "failed")
            raise
        except BotError as error:
            self._transport.meters.count(RENEWALS, "failed")
            wait = error.retry_after if isinstance(error, TemporaryError) else None
            self._not_before = self._clock() + (wait or RETRY_AFTER)
            raise

    def _note_sent(self) -> None:
        self._is_sent = True

    async def _probe(self, stored: TokenPair) -> TokenPair:
        """Ask whose a pair is that cannot be renewed: a 401 alone may mean a missing scope."""
        request = Requests(self._transport.settings.api_url).identity()
        answer = await self._transport.send(request, access=stored.access, creator_id=self._id)
        if answer.status == 401:
            return await self._break(
                stored,
                f"Patreon refuses the access token of creator {self._id}, and it cannot be "
                "renewed without a refresh token, a client id and a client secret: "
                "connect the account again.",
            )
        error = self._transport.error_of(answer, asked="the question whose the tokens are")
        if error is not None:
            raise error
        return self._adopt(stored)

    async def _take(self, answer: Answer, stored: TokenPair) -> TokenPair:
        """Read the endpoint's answer. Only a clear refusal of the grant breaks the tokens."""
        if answer.is_success:
            pair = read_pair(answer)
            if pair is None:
                raise TemporaryError(
                    "Patreon's answer to a renewal is incomplete; the stored tokens stay."
                )
            self._spent_version = stored.version
            self._unsaved = pair
            return await self._save(pair)
        refusal = refusal_of(answer)
        if refusal in ("invalid_client", "unauthorized_client"):
            raise PermanentError(
                "Patreon refuses the client: check the configured client id and secret."
            )
        if answer.status == 401 or refusal == "invalid_grant":
            return await self._break(
                stored,
                f"Patreon refuses the refresh token of creator {self._id}: "
                "connect the account again.",
            )
        error = self._transport.error_of(answer, asked="a renewal of tokens")
        raise error or TemporaryError("Patreon did not renew the tokens.")

    async def _save(self, pair: TokenPair) -> TokenPair:
        """Store a new pair, trying for a while: Patreon gives it only once."""
        for delay in _SAVE_DELAYS:
            try:
                return await self._write(pair)
            except TemporaryError as error:
                log.warning(
                    "new tokens not saved yet", extra={"creator_id": self._id, "reason": str(error)}
                )
                await self._sleep(delay)
        return await self._write(pair)

    async def _write(self, pair: TokenPair) -> TokenPair:
        async with self._store.write() as work:
            stored = await work.creators.tokens(self._id)
            if stored is not None and stored.version != self._spent_version:
                # Somebody connected the account meanwhile; theirs is the later wish.
                saved, self._state = stored, None
            else:
                saved = await work.creators.save_tokens(self._id, pair)
                self._state = TokenState.UNTRIED
            step("tokens.written")
        step("tokens.saved")
        self._unsaved = self._not_before = None
        self._transport.meters.count(RENEWALS, "done")
        log.info("tokens renewed", extra={"creator_id": self._id, "version": saved.version})
        return self._adopt(saved)

    async def _break(self, used: TokenPair, reason: str) -> TokenPair:
        """Note that `used` is refused, unless somebody else has stored another pair."""
        async with self._store.write() as work:
            stored = await work.creators.tokens(self._id)
            if stored is not None and stored.version != used.version:
                self._state = None
                return self._adopt(stored)
            await work.creators.set_token_state(
                self._id, TokenState.BROKEN, reason=reason, at=self._clock()
            )
        self._pair, self._state = None, TokenState.BROKEN
        log.error("tokens broken", extra={"creator_id": self._id, "reason": reason})
        raise TokenBroken(reason)

    async def _load(self) -> TokenPair:
        async with self._store.read() as work:
            creator = await work.creators.get(self._id)
            pair = await work.creators.tokens(self._id)
        if creator is None or pair is None:
            self._pair = None
            raise TokenBroken(f"Creator {self._id} has no tokens: connect the account.")
        if creator.token_state is TokenState.BROKEN:
            self._pair = None
            raise TokenBroken(
                creator.token_reason
                or f"The tokens of creator {self._id} are refused: connect the account again."
            )
        self._state = creator.token_state
        return pair

    def _adopt(self, pair: TokenPair) -> TokenPair:
        self._pair = pair
        return pair

    def _grant(self, pair: TokenPair) -> RefreshGrant | None:
        settings = self._transport.settings
        if not (pair.refresh and settings.client_id and settings.client_secret):
            return None
        return RefreshGrant(settings.client_id, settings.client_secret, pair.refresh)

    def _is_held(self, now: datetime) -> bool:
        return self._not_before is not None and now < self._not_before


async def _end(renewal: asyncio.Task[TokenPair]) -> None:
    renewal.cancel()
    await asyncio.wait([renewal], timeout=_GRACE_SECONDS)


def _look_at(renewal: asyncio.Task[TokenPair]) -> None:
    """Take note of the outcome, which nobody may be waiting for any more."""
    if not renewal.cancelled():
        renewal.exception()
