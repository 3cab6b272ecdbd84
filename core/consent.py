"""Connecting accounts by consent: begun in Discord, given at Patreon, finished at our callback."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from core.connecting import Connecting
from core.consents import (
    LIFE,
    MOST_OPEN,
    Addresses,
    ConsentExpired,
    Ending,
    Exchange,
    Grant,
    Invitation,
    Linking,
    OpenConsent,
    Outcome,
    Proof,
    Purpose,
    Question,
    UnknownState,
    lacking,
)
from core.endings import LOOK_EVERY, Endings
from core.errors import BotError, PermanentError, TemporaryError, UserError
from core.names import display_name
from core.ports import Clock, PatreonOf
from core.store import Store

log = logging.getLogger(__name__)

DEADLINE = timedelta(seconds=100)
"""How long finishing a consent may take, with every wait for Patreon."""

_KEPT_EXPIRED = timedelta(days=1)
"""So long an expired consent is still told from one that never was."""

_DENIED = "access_denied"


class Consent:
    """The use case. `addresses` is None when browsers cannot reach this bot.

    `new_state` gives texts of at least 256 random bits. `on_connected` is told the creator whose
    tokens are new, before they are used. Without `link`, nobody can prove to be a patron.
    """

    def __init__(
        self,
        store: Store,
        exchange: Exchange,
        patreon_of: PatreonOf,
        *,
        addresses: Addresses | None,
        clock: Clock,
        new_state: Callable[[], str],
        on_connected: Callable[[int], None],
        link: Linking | None = None,
        look_every: timedelta = LOOK_EVERY,
    ) -> None:
        self._store = store
        self._exchange = exchange
        self._connecting = Connecting(store, patreon_of, clock=clock, on_connected=on_connected)
        self._addresses = addresses
        self._clock = clock
        self._new_state = new_state
        self._link = link
        self._endings = Endings(store, clock=clock, look_every=look_every)

    @property
    def addresses(self) -> Addresses | None:
        """Where browsers find this bot, None when they cannot."""
        return self._addresses

    async def begin(
        self,
        purpose: Purpose,
        *,
        guild_id: int | None,
        user_id: int,
        user_name: str = "",
        guild_name: str = "",
    ) -> Invitation:
        """Invite a Discord user to the page that leads to Patreon, for ten minutes.

        A person's oldest invitations end when there are too many. The names are shown there.

        Raises:
            UserError: browsers cannot reach this bot; the sentence says what the admin does.
        """
        if self._addresses is None:
            raise UserError(
                "This bot has no address that a browser can open. Its admin sets "
                "`server.public_url` (SERVER_PUBLIC_URL) in the configuration, registers "
                "that address followed by `/oauth/callback` as a redirect URI of the client at "
                "https://www.patreon.com/portal/registration/register-clients and restarts the bot."
            )
        now = self._clock()
        state = self._new_state()
        consent = OpenConsent(
            purpose=purpose,
            user_id=user_id,
            guild_id=guild_id,
            expires_at=now + LIFE,
            user_name=display_name(user_name) if user_name else "",
            guild_name=display_name(guild_name) if guild_name else "",
        )
        digest = digest_of(state)
        async with self._store.write() as work:
            await work.consents.sweep(expired_by=now - _KEPT_EXPIRED, ended_by=now)
            replaced = await work.consents.add(digest, consent, most=MOST_OPEN)
        for gone in replaced:
            self._endings.give_up(gone)
        url = f"{self._addresses.authorize}?s={state}"
        return Invitation(url=url, expires_at=consent.expires_at, digest=digest)

    async def outcome(self, invitation: Invitation) -> Ending | None:
        """Wait until it is known how a consent ended, in this process or in another one.

        None: its time is over, or the person has begun too many others since.
        """
        return await self._endings.wait(invitation)

    async def look(self, state: str) -> Question:
        """Tell what a state stands for; it stays good, however often somebody looks.

        Raises:
            UnknownState: there is no such consent (any more).
            ConsentExpired: it was begun too long ago.
        """
        async with self._store.read() as work:
            consent = await work.consents.look(digest_of(state))
        consent = self._checked(consent)
        if self._addresses is None:
            raise _unknown()
        url = self._exchange.address(
            consent.purpose, state=state, redirect_uri=self._addresses.redirect_uri
        )
        return Question(consent=consent, patreon_url=url)

    async def finish(self, state: str, code: str) -> Ending:
        """Use up a state and do what it was begun for.

        Raises:
            UnknownState: there is no such consent (any more); nothing was done.
            ConsentExpired: it was begun too long ago.
            CodeRefused: Patreon refuses the code.
            BotError: it did not work; the state is used up all the same.
        """
        consent = await self._take(state)
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                ending = await self._finish(consent, code)
        except BotError as error:
            await self._endings.tell(digest_of(state), _failed(consent, str(error)))
            raise
        except TimeoutError as error:
            reason = "Patreon took too long to answer."
            await self._endings.tell(digest_of(state), _failed(consent, reason))
            raise TemporaryError(reason) from error
        except Exception:
            await self._endings.tell(
                digest_of(state), _failed(consent, "Something went wrong in the bot.")
            )
            raise
        await self._endings.tell(digest_of(state), ending)
        return ending

    async def refuse(self, state: str, error: str) -> Ending:
        """Use up a state that came back with an error instead of a code.

        Raises:
            UnknownState: there is no such consent (any more).
            ConsentExpired: it was begun too long ago.
        """
        consent = await self._take(state)
        if error == _DENIED:
            ending = Ending(outcome=Outcome.DENIED, purpose=consent.purpose)
        else:
            ending = _failed(consent, refusal_sentence(error))
        await self._endings.tell(digest_of(state), ending)
        return ending

    async def _take(self, state: str) -> OpenConsent:
        async with self._store.write() as work:
            consent = await work.consents.take(digest_of(state))
        return self._checked(consent)

    def _checked(self, consent: OpenConsent | None) -> OpenConsent:
        if consent is None:
            raise _unknown()
        if self._clock() >= consent.expires_at:
            raise ConsentExpired("The ten minutes for this are over.")
        return consent

    async def _finish(self, consent: OpenConsent, code: str) -> Ending:
        if self._addresses is None:
            raise _unknown()
        grant = await self._exchange.exchange(code, redirect_uri=self._addresses.redirect_uri)
        if consent.purpose is Purpose.PATRON:
            return await self._prove(consent, grant)
        return await self._connect(consent, grant)

    async def _prove(self, consent: OpenConsent, grant: Grant) -> Ending:
        """Hand the proof over; the tokens go with this call and are stored nowhere."""
        if self._link is None:
            raise PermanentError("This bot does not link patrons.")
        patron = await self._exchange.patron(grant)
        campaigns = await self._link(
            Proof(patron=patron, discord_id=consent.user_id, guild_id=consent.guild_id)
        )
        return Ending(
            outcome=Outcome.DONE,
            purpose=consent.purpose,
            name=display_name(patron.identity.name),
            campaigns=tuple(display_name(name) for name in campaigns),
            lacking=lacking(consent.purpose, grant.scopes),
        )

    async def _connect(self, consent: OpenConsent, grant: Grant) -> Ending:
        identity = await self._exchange.identity(grant)
        creator_id = await self._connecting.save(consent, identity, grant)
        ending = Ending(
            outcome=Outcome.DONE,
            purpose=consent.purpose,
            name=display_name(identity.name),
            lacking=lacking(consent.purpose, grant.scopes),
        )
        try:
            campaigns = await self._connecting.read_campaigns(creator_id)
        except BotError as error:
            return replace(ending, reason=f"Its campaigns could not be read yet: {error}")
        return replace(ending, campaigns=tuple(display_name(one.name) for one in campaigns))


def digest_of(state: str) -> str:
    """Give the digest under which a state is kept: who reads the database cannot use it."""
    return hashlib.sha256(state.encode()).hexdigest()


def refusal_sentence(error: str) -> str:
    """Say what an error of Patreon's authorization page means; `error` may be anything."""
    if error == "invalid_scope":
        return (
            "Patreon does not let this bot ask for what it needs: its client at Patreon must be "
            "of API version 2."
        )
    if error in ("server_error", "temporarily_unavailable"):
        return "Patreon could not ask you at the moment."
    return "Patreon refused the request."


def _unknown() -> UnknownState:
    return UnknownState("This link was used before, replaced by a newer one, or never given out.")


def _failed(consent: OpenConsent, reason: str) -> Ending:
    return Ending(outcome=Outcome.FAILED, purpose=consent.purpose, reason=reason)
