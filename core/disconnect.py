"""Disconnecting an account from a guild: what that would mean, and doing it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.accounts import Creator
from core.audit import AuditEntry
from core.errors import BotError, UserError
from core.names import display_name
from core.ports import Clock, PatreonOf
from core.store import Store, Work
from core.turns import take_settings_turn

log = logging.getLogger(__name__)

HOOK_DEADLINE = timedelta(seconds=15)
"""How long Patreon is asked to remove the webhooks before they are left to it."""

_BOTH_AT_ONCE = "The other server that used the account was disconnected at the same moment."


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A Patreon account that was connected through a guild.

    `is_shared`: another guild uses it too, which one is not told. `campaigns` are the names of
    its campaigns, `followed` of those that this guild follows.
    """

    creator: Creator
    is_shared: bool
    campaigns: tuple[str, ...]
    followed: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return display_name(self.creator.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """What was done. `hooks_left` says why Patreon may still keep a webhook, if it may."""

    account: Account
    hooks_left: str = ""


class Disconnecting:
    """The use case. `on_disconnected` is told the creator whose tokens are deleted.

    `on_unfollowed` wakes who removes the webhooks of campaigns that nobody follows any more.
    """

    def __init__(
        self,
        store: Store,
        patreon_of: PatreonOf,
        *,
        clock: Clock,
        on_disconnected: Callable[[int], None],
        on_unfollowed: Callable[[], None],
        deadline: timedelta = HOOK_DEADLINE,
    ) -> None:
        self._store = store
        self._patreon_of = patreon_of
        self._clock = clock
        self._on_disconnected = on_disconnected
        self._on_unfollowed = on_unfollowed
        self._deadline = deadline

    async def accounts(self, guild_id: int) -> Sequence[Account]:
        """List the accounts that were connected through a guild, oldest first."""
        async with self._store.read() as work:
            connections = await work.connections.of_guild(guild_id)
            return [await _account(work, guild_id, each.creator_id) for each in connections]

    async def account(self, guild_id: int, creator_id: int) -> Account:
        """Give one of the guild's accounts.

        Raises:
            UserError: the guild has no such account.
        """
        async with self._store.read() as work:
            return await _own(work, guild_id, creator_id)

    async def disconnect(self, guild_id: int, creator_id: int, *, user_id: int) -> Disconnected:
        """Make a guild stop using an account.

        The guild's links to its campaigns end. An account that no other guild uses also loses
        its tokens and its webhooks, here and at Patreon; what was read and posted is kept.

        Raises:
            UserError: the guild has no such account.
        """
        account = await self.account(guild_id, creator_id)
        hooks_left = _BOTH_AT_ONCE if account.is_shared else await self._remove_hooks(creator_id)
        async with self._store.write() as work:
            await take_settings_turn(work, guild_id)
            # Whoever connects the account elsewhere, or disconnects it there, waits or was first.
            await work.creators.lock(creator_id)
            account = await _own(work, guild_id, creator_id)
            await self._forget(work, guild_id, account, user_id)
        if not account.is_shared:
            self._on_disconnected(creator_id)
        self._on_unfollowed()
        extra = {"creator": creator_id, "guild": guild_id, "by": user_id}
        log.info("account disconnected", extra=extra)
        return Disconnected(account=account, hooks_left="" if account.is_shared else hooks_left)

    async def _remove_hooks(self, creator_id: int) -> str:
        """Ask Patreon to remove the webhooks of an account; gives why one may be left."""
        async with self._store.read() as work:
            owned = await _campaigns(work, creator_id)
            hooks = [hook for hook in await work.hooks.all() if hook.campaign_id in owned]
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                for hook in hooks:
                    if hook.patreon_id is not None:
                        await self._patreon_of(creator_id).delete_hook(hook.patreon_id)
        except BotError as error:
            reason = str(error)
        except TimeoutError:
            reason = "Patreon did not answer in time."
        else:
            return ""
        log.warning("hook left at patreon", extra={"creator": creator_id, "reason": reason})
        return reason

    async def _forget(self, work: Work, guild_id: int, account: Account, user_id: int) -> None:
        now = self._clock()
        creator_id = account.creator.id
        owned = await _campaigns(work, creator_id)
        links = await work.links.of_guild(guild_id)
        ended = [link.id for link in links if link.campaign_id in owned]
        await work.links.remove(ended, at=now)
        await work.connections.remove(guild_id, creator_id)
        if not account.is_shared:
            await work.hooks.remove(list(owned))
            await work.creators.forget_tokens(creator_id, at=now)
        kept = " It stays connected elsewhere." if account.is_shared else ""
        await work.audit.add(
            AuditEntry(
                at=now,
                guild_id=guild_id,
                user_id=user_id,
                action="account.disconnected",
                detail=f"Patreon account {account.name} ({account.creator.patreon_id}).{kept}",
            )
        )


async def _own(work: Work, guild_id: int, creator_id: int) -> Account:
    if creator_id not in {each.creator_id for each in await work.connections.of_guild(guild_id)}:
        raise UserError("This server has no such Patreon account. Use `/patreon disconnect` again.")
    return await _account(work, guild_id, creator_id)


async def _account(work: Work, guild_id: int, creator_id: int) -> Account:
    creator = await work.creators.get(creator_id)
    if creator is None:
        raise UserError("This server has no such Patreon account.")
    others = {each.guild_id for each in await work.connections.of_creator(creator_id)} - {guild_id}
    campaigns = await _campaigns(work, creator_id)
    followed = {link.campaign_id for link in await work.links.of_guild(guild_id)}
    return Account(
        creator=creator,
        is_shared=bool(others),
        campaigns=tuple(campaigns.values()),
        followed=tuple(name for key, name in campaigns.items() if key in followed),
    )


async def _campaigns(work: Work, creator_id: int) -> dict[str, str]:
    """Name the campaigns of an account by id."""
    return {
        stored.campaign.id: display_name(stored.campaign.name)
        for stored in await work.campaigns.all()
        if stored.creator_id == creator_id
    }
