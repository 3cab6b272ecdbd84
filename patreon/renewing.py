"""Renewing one creator's tokens: in turn with other processes, sent once, stored before used."""

import logging
from datetime import datetime, timedelta

from core.accounts import TokenPair
from core.errors import BotError, TemporaryError, TokenBroken
from core.meters import RENEWALS
from core.ports import Clock
from core.steps import step
from patreon.grants import RefreshGrant
from patreon.limits import Sleep
from patreon.protocol import Requests
from patreon.renewal import Dead, Failed, Renewed, judge
from patreon.stored_tokens import StoredTokens, Turn
from patreon.transport import Transport

log = logging.getLogger(__name__)

RETRY_AFTER = timedelta(minutes=1)
"""How long a renewal that failed for a passing reason is not tried again."""

TURN_TIME = timedelta(minutes=1)
SAVE_TIME = timedelta(seconds=30)
"""What a reservation allows, besides the request: waiting for a turn before, storing after it."""

_SAVE_DELAYS = (0.1, 0.2, 0.4, 0.8, 1.6)
_LOOK_DELAYS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.0, 5.0, 8.0)
"""The pauses between looks at what another process does with the tokens, in seconds."""

_LOOK_AGAIN = timedelta(seconds=5)


class Renewing:
    """Renews; the caller sees to it that one renewal runs at a time."""

    def __init__(
        self,
        creator_id: int,
        *,
        stored: StoredTokens,
        transport: Transport,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._id = creator_id
        self._stored = stored
        self._transport = transport
        self._clock = clock
        self._sleep = sleep
        self._unsaved: TokenPair | None = None
        self._spent_version: int | None = None
        self._turn: Turn | None = None
        self._failed_at: datetime | None = None
        self._not_before: datetime | None = None
        self.is_sent = False
        self.is_hindered = False

    @property
    def has_unsaved(self) -> bool:
        """Whether there is a new pair that could not be stored yet."""
        return self._unsaved is not None

    def note_spent(self, pair: TokenPair) -> None:
        """Note that `pair` is of no use any more."""
        self._spent_version = pair.version

    def is_spent(self, pair: TokenPair) -> bool:
        """Whether `pair` is known to be of no use."""
        return pair.version == self._spent_version

    def pause(self) -> timedelta | None:
        """Tell how long nothing is tried, as the last renewal failed; None: it may be tried."""
        now = self._clock()
        if self._failed_at is None or self._not_before is None:
            return None
        # A clock that was set back since makes the failure lie ahead: then it holds nothing.
        return self._not_before - now if self._failed_at <= now < self._not_before else None

    def forget_failure(self) -> None:
        """Try again at once: there are other tokens."""
        self._failed_at = self._not_before = None
        self.is_hindered = False

    async def save_rest(self) -> None:
        """Store what could not be stored yet."""
        if self._unsaved is not None:
            await self._save(self._unsaved)

    async def renew(self, used: TokenPair) -> TokenPair:
        """Give another pair than `used`, or `used` itself when it is good but cannot be renewed.

        Raises:
            TokenBroken: only connecting again helps.
            BotError: it did not work for now.
        """
        if self._unsaved is not None:
            return await self._save(self._unsaved)
        try:
            if self.grant(used) is None:
                stored = await self._stored.load()
                return stored if stored.version != used.version else await self._probe(stored)
            turn = await self._reserve(used)
            if turn.until is None:
                return turn.stored
            return await self._ask(turn)
        except TokenBroken:
            self._transport.meters.count(RENEWALS, "failed")
            raise
        except BotError as error:
            self._transport.meters.count(RENEWALS, "failed")
            wait = error.retry_after if isinstance(error, TemporaryError) else None
            self._failed_at = self._clock()
            self._not_before = self._failed_at + (wait or RETRY_AFTER)
            raise
        finally:
            if self._unsaved is None:
                await self.release()

    async def _reserve(self, used: TokenPair) -> Turn:
        """Become the one that renews `used`, or see what came of another's renewal.

        Raises:
            TemporaryError: another process has it in hand and is not done.
        """
        lease = self._transport.settings.timeout + TURN_TIME + SAVE_TIME
        is_urgent = self.is_spent(used)
        for delay in (*(_LOOK_DELAYS if is_urgent else ()), None):
            turn = await self._stored.reserve(used, lease=lease)
            if turn.held_until is None:
                self._turn = turn if turn.until is not None else None
                return turn
            if delay is not None:
                await self._sleep(delay)
        raise TemporaryError(
            f"The tokens of creator {self._id} are being renewed by another process.",
            retry_after=_LOOK_AGAIN,
        )

    async def release(self) -> None:
        """Give the turn back, if it is this process's."""
        if self._turn is not None:
            self._turn = None
            await self._stored.release()

    async def _ask(self, turn: Turn) -> TokenPair:
        """Ask for a new pair, once."""
        stored = turn.stored
        grant = self.grant(stored)
        if grant is None:
            return stored
        step("tokens.asking")
        answer = await self._transport.send_form(grant.form(), on_turn=self._note_sent)
        step("tokens.answered")
        match judge(answer, self._transport.error_of(answer, asked="a renewal of tokens")):
            case Renewed(pair):
                self._spent_version = stored.version
                self._unsaved = pair
                return await self._save(pair)
            case Dead():
                return await self._break(stored, self._refused(turn))
            case Failed(error, state):
                if state is not None:
                    self.is_hindered = True
                    await self._stored.note(state, reason=str(error))
                raise error

    def _refused(self, turn: Turn) -> str:
        refused = f"Patreon refuses the refresh token of creator {self._id}"
        if turn.is_taken_over:
            refused += ", because an earlier renewal was cut short and its new tokens are lost"
        return f"{refused}: connect the account again."

    def _note_sent(self) -> None:
        """Note that the form leaves now, if there is time left to store what comes of it."""
        needed = self._transport.settings.timeout + SAVE_TIME
        if (
            self._turn is None
            or self._turn.until is None
            or (self._clock() + needed > self._turn.until)
        ):
            raise TemporaryError("Patreon's limits left no time to renew the tokens.")
        self.is_sent = True

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
        return stored

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
        try:
            saved = await self._stored.save(pair, spent_version=self._spent_version)
        except TokenBroken:
            self._unsaved = None
            raise
        self._turn = self._unsaved = None
        self.forget_failure()
        self._transport.meters.count(RENEWALS, "done")
        log.info("tokens renewed", extra={"creator_id": self._id, "version": saved.version})
        return saved

    async def _break(self, used: TokenPair, reason: str) -> TokenPair:
        """Note that `used` is refused, unless somebody else has stored another pair."""
        self._turn = None
        return await self._stored.break_(used, reason)

    def grant(self, pair: TokenPair) -> RefreshGrant | None:
        """Give what a renewal of `pair` would show, None when it cannot be renewed."""
        settings = self._transport.settings
        if not (pair.refresh and settings.client_id and settings.client_secret):
            return None
        return RefreshGrant(settings.client_id, settings.client_secret, pair.refresh)
