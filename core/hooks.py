"""Keeping the webhooks at Patreon: registered, correct, not paused, and their secrets known."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.accounts import TokenState
from core.alarm import Alarm
from core.backoff import Random, delay
from core.errors import OutcomeUnknown, PermanentError, TemporaryError, TokenBroken
from core.health import Readiness
from core.hook_rows import HookRows, Owned, by_account
from core.inbox import Hook
from core.missed import WorkingHooks
from core.notices import Notices
from core.ports import Clock, Patreon, PatreonOf, RemoteHook
from core.remote_hooks import TRIGGERS, address, correction, pick
from core.steps import step
from core.store import Store, StoredCampaign
from core.troubles import HOOK_PAUSED, HOOK_REFUSED, HOOK_VANISHED
from core.unused_hooks import UnusedHooks

log = logging.getLogger(__name__)

INTERVAL = timedelta(hours=1)
PUSH_EVERY = timedelta(minutes=45)
"""How often Patreon is asked to send what it keeps back while it has not paused the webhook."""


class HookKeeper:
    """Looks after one webhook per followed campaign; without `public_url` it makes none.

    A webhook that was paused is un-paused once the database can be written and the first sync is
    done. One whose campaign nobody follows any more is removed. `new_key` gives keys that nobody
    can guess; `working` is kept true for who counts misses.

    Source: docs.patreon.com, "Webhooks" (`paused`, `num_consecutive_times_failed`).
    """

    def __init__(
        self,
        store: Store,
        patreon_of: PatreonOf,
        notices: Notices,
        *,
        public_url: str | None,
        readiness: Callable[[], Awaitable[Readiness]],
        working: WorkingHooks,
        new_key: Callable[[], str],
        clock: Clock,
        random: Random,
        alarm: Alarm,
    ) -> None:
        self._store = store
        self._rows = HookRows(store, new_key=new_key, clock=clock)
        self._patreon_of = patreon_of
        self._notices = notices
        self._public_url = public_url
        self._readiness = readiness
        self._clock = clock
        self._random = random
        self._alarm = alarm
        self._working = working
        self._unused = UnusedHooks(store, notices)
        self._pushed: dict[str, datetime] = {}
        self._is_held = False

    async def run(self) -> None:
        """Look every hour, for good; sooner, then less often, while something is not in order.

        A ring asks for a look at once: somebody follows a campaign or follows it no more, or
        tokens are new.
        """
        unsettled = 0
        while True:
            rings = self._alarm.rings
            unsettled = 0 if await self.look() else unsettled + 1
            wait = INTERVAL * (1 + self._random() / 10)
            if unsettled:
                wait = delay(unsettled, longest=INTERVAL, random=self._random)
            pause = self._alarm.pause(wait)
            while await pause.nap():
                if self._alarm.rings > rings or (self._is_held and await self._is_ready()):
                    break

    async def look(self) -> bool:
        """Bring every webhook in order; tells whether nothing is left to do soon.

        What Patreon refuses for good is left alone until the next hour.
        """
        self._is_held = False
        is_settled, makes_some = True, self._public_url is not None
        async with self._store.read() as work:
            followed = {link.campaign_id for link in await work.links.all()}
            campaigns = await work.campaigns.all()
            hooks = await work.hooks.all()
            creators = {creator.id: creator for creator in await work.creators.all()}
        if makes_some:
            is_settled = followed <= {stored.campaign.id for stored in campaigns}
        accounts = by_account(campaigns, followed if makes_some else set(), followed, hooks)
        for creator_id, owned in accounts.items():
            if creators[creator_id].token_state is TokenState.BROKEN:
                self._forget(owned.followed)
            else:
                self._alarm.go_on()
                is_settled &= await self._look_at(creator_id, owned)
        return is_settled

    async def _look_at(self, creator_id: int, owned: Owned) -> bool:
        api = self._patreon_of(creator_id)
        try:
            remotes = await api.hooks()
        except (TemporaryError, PermanentError) as error:
            return await self._failed(owned.followed, error)
        is_settled = True
        for stored, hook in owned.unused:
            self._alarm.pulse.beat()
            self._forget([stored])
            self._pushed.pop(stored.campaign.id, None)
            try:
                is_settled &= await self._unused.remove(api, stored, hook, remotes)
            except TemporaryError as error:
                is_settled &= await self._failed([], error)
        for stored in owned.followed:
            self._alarm.pulse.beat()
            try:
                is_settled &= await self._keep(api, stored, remotes)
            except (TemporaryError, PermanentError) as error:
                is_settled &= await self._failed([stored], error)
        return is_settled

    async def _keep(
        self, api: Patreon, stored: StoredCampaign, remotes: Sequence[RemoteHook]
    ) -> bool:
        """Bring the webhook of a followed campaign in order; tells whether nothing is left."""
        if self._public_url is None:
            return True
        hook = await self._rows.of(stored, remotes, self._public_url)
        uri = address(self._public_url, hook.key)
        hook, remote = await self._registered(api, stored, hook, remotes, uri)
        return await self._awake(api, stored, hook, remote)

    async def _registered(
        self,
        api: Patreon,
        stored: StoredCampaign,
        hook: Hook,
        remotes: Sequence[RemoteHook],
        uri: str,
    ) -> tuple[Hook, RemoteHook]:
        """Make sure that Patreon has the webhook, once, as it should be."""
        extra = {"campaign_id": stored.campaign.id}
        picked = pick(hook, remotes, uri)
        remote = picked.found
        if remote is None:
            if hook.patreon_id is not None:
                log.warning("hook vanished", extra=extra)
                self._forget([stored])
                await self._notices.note(stored, HOOK_VANISHED, is_on=True)
                hook = await self._rows.save(replace(hook, patreon_id=None))
            step("hooks.creating")
            remote = await self._create(api, stored, hook, uri)
            step("hooks.created")
            log.info("hook registered", extra=extra)
        hook = await self._rows.keep(hook, remote)
        step("hooks.kept")
        change = correction(remote, uri)
        if change is not None:
            remote = await api.update_hook(remote.id, uri=change.uri, triggers=change.triggers)
            hook = await self._rows.keep(hook, remote)
            log.info("hook corrected", extra=extra)
        for twin in picked.twins:
            # Left by a request whose outcome was unknown; its deliveries carry another secret.
            await api.delete_hook(twin.id)
        for trouble in (HOOK_VANISHED, HOOK_REFUSED):
            await self._notices.note(stored, trouble, is_on=False)
        return hook, remote

    async def _create(
        self, api: Patreon, stored: StoredCampaign, hook: Hook, uri: str
    ) -> RemoteHook:
        try:
            return await api.create_hook(stored.campaign.id, uri=uri, triggers=TRIGGERS)
        except OutcomeUnknown:
            found = pick(hook, await api.hooks(), uri).found
            if found is None:
                raise
            return found

    async def _awake(
        self, api: Patreon, stored: StoredCampaign, hook: Hook, remote: RemoteHook
    ) -> bool:
        """Make Patreon send what it keeps back; tells whether it keeps nothing back."""
        campaign_id = stored.campaign.id
        extra = {"campaign_id": campaign_id, "failures": remote.failures}
        if not remote.is_paused and not remote.failures:
            self._working.note(campaign_id, at=self._clock())
            self._pushed.pop(campaign_id, None)
            if await self._notices.note(stored, HOOK_PAUSED, is_on=False):
                log.info("hook delivers again", extra=extra)
            return True
        self._forget([stored])
        if remote.is_paused and await self._notices.note(stored, HOOK_PAUSED, is_on=True):
            log.warning("hook paused by patreon", extra=extra)
        if not remote.is_paused and self._was_pushed(campaign_id):
            return False
        if not await self._is_ready():
            self._is_held = True
            return False
        self._pushed[campaign_id] = self._clock()
        await self._rows.keep(hook, await api.update_hook(remote.id, paused=False))
        log.info("hook asked to send what it kept", extra=extra)
        return False

    def _was_pushed(self, campaign_id: str) -> bool:
        pushed_at = self._pushed.get(campaign_id)
        return pushed_at is not None and timedelta() <= self._clock() - pushed_at < PUSH_EVERY

    async def _is_ready(self) -> bool:
        """Whether deliveries can be stored and worked on."""
        readiness = await self._readiness()
        return readiness.database and readiness.baseline

    async def _failed(self, owned: Sequence[StoredCampaign], error: Exception) -> bool:
        """Tell whether trying again soon is of no use, and then why."""
        if isinstance(error, TokenBroken):
            self._forget(owned)
            return True
        if isinstance(error, PermanentError):
            self._forget(owned)
            for stored in owned:
                if await self._notices.note(stored, HOOK_REFUSED, is_on=True, reason=str(error)):
                    extra = {"campaign_id": stored.campaign.id, "reason": str(error)}
                    log.error("hook refused", extra=extra)
            return True
        log.warning("hooks not looked at", extra={"reason": str(error)})
        return False

    def _forget(self, owned: Sequence[StoredCampaign]) -> None:
        for stored in owned:
            self._working.forget(stored.campaign.id)
