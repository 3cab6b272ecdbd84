"""Keeping an account that somebody has just allowed this bot to read."""

import logging
from collections.abc import Callable, Sequence

from core.accounts import GuildCreator, TokenState
from core.audit import AuditEntry
from core.consents import Grant, OpenConsent
from core.discovery import Discovery
from core.errors import BotError
from core.members import Campaign
from core.names import display_name
from core.ports import Clock, Identity, PatreonOf
from core.store import Store, Work
from core.turns import ACCOUNTS, take_turn

log = logging.getLogger(__name__)


class Connecting:
    """Stores accounts. `on_connected` is told the creator whose tokens are new, before any use."""

    def __init__(
        self,
        store: Store,
        patreon_of: PatreonOf,
        *,
        clock: Clock,
        on_connected: Callable[[int], None],
    ) -> None:
        self._store = store
        self._patreon_of = patreon_of
        self._discovery = Discovery(store, patreon_of)
        self._clock = clock
        self._on_connected = on_connected

    async def save(self, consent: OpenConsent, identity: Identity, grant: Grant) -> int:
        """Store the account with its tokens and the guild that may use it; gives its creator.

        An account that is known already keeps its place and gets the new tokens.
        """
        await self._identify_others()
        async with self._store.write() as work:
            creator_id = await self._store_in(work, consent, identity, grant)
        self._on_connected(creator_id)
        extra = {"creator": creator_id, "guild": consent.guild_id, "by": consent.user_id}
        log.info("account connected", extra=extra)
        return creator_id

    async def read_campaigns(self, creator_id: int) -> Sequence[Campaign]:
        """Read which campaigns the account has."""
        return await self._discovery.read_account(creator_id)

    async def _store_in(
        self, work: Work, consent: OpenConsent, identity: Identity, grant: Grant
    ) -> int:
        """Store the account with its tokens: the same account keeps its place."""
        now = self._clock()
        # Two people may connect the same account at once: the second waits here for the first.
        await take_turn(work, ACCOUNTS)
        known = (c.id for c in await work.creators.all() if c.patreon_id == identity.patreon_id)
        creator_id = next(known, None) or await work.creators.add()
        await work.creators.save_tokens(creator_id, grant.pair)
        await work.creators.set_scopes(creator_id, grant.scopes)
        await work.creators.set_identity(
            creator_id, patreon_id=identity.patreon_id, name=identity.name
        )
        if consent.guild_id is not None:
            connection = GuildCreator(
                guild_id=consent.guild_id, creator_id=creator_id, connected_by=consent.user_id
            )
            await work.connections.save(connection, at=now)
        await work.audit.add(
            AuditEntry(
                at=now,
                guild_id=consent.guild_id,
                user_id=consent.user_id,
                action="account.connected",
                detail=f"Patreon account {display_name(identity.name)} ({identity.patreon_id}).",
            )
        )
        return creator_id

    async def _identify_others(self) -> None:
        """Learn whose the accounts are that came with the configuration, or one would be twice."""
        async with self._store.read() as work:
            creators = await work.creators.all()
        for creator in creators:
            if creator.patreon_id is not None or creator.token_state is TokenState.DISCONNECTED:
                continue
            try:
                identity = await self._patreon_of(creator.id).identity()
            except BotError as error:
                extra = {"creator": creator.id, "reason": str(error)}
                log.warning("account not identified", extra=extra)
                continue
            async with self._store.write() as work:
                await work.creators.set_identity(
                    creator.id, patreon_id=identity.patreon_id, name=identity.name
                )
