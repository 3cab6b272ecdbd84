"""One creator's tokens: which pair to use now, and when and how to renew it.

A refresh token works once, so a lost answer is a lost account: at most one renewal runs at a
time, in all processes that share the database; it is not cancelled with its callers, and its
result is stored before anybody uses it.
"""

import asyncio
import logging
from contextlib import suppress

from core.accounts import TokenPair, TokenState
from core.errors import BotError, PermanentError, TemporaryError, TokenBroken
from core.ports import Clock
from core.store import Store
from patreon.grants import is_half_spent
from patreon.limits import Sleep
from patreon.renewing import Renewing
from patreon.stored_tokens import StoredTokens
from patreon.transport import Transport

log = logging.getLogger(__name__)

_ANSWERS_SHARE = 0.75
"""How much of the time for closing an answer may take; the rest is for storing it."""

_GRACE_SECONDS = 0.5


class Tokens:
    """Gives out the pair of one creator. One object per creator and process.

    `holder` names this process among those that share the database.
    """

    def __init__(
        self,
        creator_id: int,
        *,
        store: Store,
        transport: Transport,
        clock: Clock,
        sleep: Sleep,
        holder: str,
    ) -> None:
        self._id = creator_id
        self._stored = StoredTokens(creator_id, store=store, clock=clock, holder=holder)
        self._transport = transport
        self._clock = clock
        self._renewing = Renewing(
            creator_id, stored=self._stored, transport=transport, clock=clock, sleep=sleep
        )
        self._pair: TokenPair | None = None
        self._lacking: dict[str, int] = {}
        self._renewal: asyncio.Task[TokenPair] | None = None

    async def current(self) -> TokenPair:
        """Give the pair to use, renewed when half of its life is over.

        Raises:
            TokenBroken: there is none, or Patreon refused it.
            TemporaryError: it is known to be dead and cannot be renewed at the moment.
        """
        pair = self._pair or self._adopt(await self._load())
        if self._renewing.is_spent(pair):
            return await self._renewed(pair)
        now = self._clock()
        if not (self._renewing.grant(pair) and is_half_spent(pair, now)) or self._renewing.pause():
            return pair
        try:
            return await self._renewed(pair)
        except TokenBroken:
            raise
        except BotError as error:
            if self._renewing.is_spent(pair) or (pair.expires_at and now >= pair.expires_at):
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
        if self._renewing.grant(used):
            self._renewing.note_spent(used)
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
        """Keep what was learnt of the tokens, when it is news.

        That they work is none while they cannot be renewed: that will end them.
        """
        if not (state is TokenState.OK and self._renewing.is_hindered):
            await self._stored.note(state, reason=reason)

    def reload(self) -> None:
        """Forget what is remembered, because somebody has stored or deleted a pair."""
        self._pair = None
        self._renewing.forget_failure()
        self._stored.forget()

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
                await self._renewing.save_rest()
        except (BotError, TimeoutError) as error:
            extra = {"creator_id": self._id, "reason": str(error) or "no time left"}
            log.error("new tokens lost, connect the account again", extra=extra)  # noqa: TRY400
        finally:
            if self._renewal is not None:
                await _end(self._renewal)
            if not self._renewing.has_unsaved:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_GRACE_SECONDS):
                        await self._renewing.release()

    async def _finish(self, renewal: asyncio.Task[TokenPair], seconds: float) -> None:
        """Wait up to `seconds` for an answer if one is to come, and until it is stored."""
        if self._renewing.is_sent and not self._has_unsaved():
            await asyncio.wait([renewal], timeout=seconds)
            if not renewal.done() and not self._has_unsaved():
                log.warning("renewal without an answer given up", extra={"creator_id": self._id})
        if self._has_unsaved():
            await asyncio.wait([renewal])
        else:
            await _end(renewal)

    def _has_unsaved(self) -> bool:
        return self._renewing.has_unsaved

    async def _renewed(self, used: TokenPair) -> TokenPair:
        if self._renewal is None or self._renewal.done():
            pause = self._renewing.pause()
            if pause is not None and not self._has_unsaved():
                raise TemporaryError(
                    f"The tokens of creator {self._id} could not be renewed a moment ago.",
                    retry_after=pause,
                )
            self._renewing.is_sent = False
            self._renewal = asyncio.create_task(self._renew(used))
            self._renewal.add_done_callback(_look_at)
        renewal = self._renewal
        await asyncio.wait([renewal])
        if renewal.cancelled():
            raise TemporaryError(f"The tokens of creator {self._id} wait: the process ends.")
        return renewal.result()

    async def _renew(self, used: TokenPair) -> TokenPair:
        try:
            return self._adopt(await self._renewing.renew(used))
        except TokenBroken:
            self._pair = None
            raise

    async def _load(self) -> TokenPair:
        try:
            return await self._stored.load()
        except TokenBroken:
            self._pair = None
            raise

    def _adopt(self, pair: TokenPair) -> TokenPair:
        self._pair = pair
        return pair


async def _end(renewal: asyncio.Task[TokenPair]) -> None:
    renewal.cancel()
    await asyncio.wait([renewal], timeout=_GRACE_SECONDS)


def _look_at(renewal: asyncio.Task[TokenPair]) -> None:
    """Take note of the outcome, which nobody may be waiting for any more."""
    if not renewal.cancelled():
        renewal.exception()
