"""Removing webhooks that nobody needs any more, at Patreon first and then here."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from core.errors import PermanentError, TemporaryError
from core.inbox import Hook
from core.notices import Notices
from core.ports import Patreon, RemoteHook
from core.remote_hooks import own
from core.store import Store, StoredCampaign
from core.troubles import HOOK_TROUBLES

log = logging.getLogger(__name__)


class UnusedHooks:
    """Removes the webhooks of campaigns that no server follows.

    Only such that this bot registered are known here; one made by hand is never touched. A hook
    keeps its row, and so its secret, until it is certain that Patreon has it no more: its last
    deliveries are believed, and a removal that fails is tried again at the next look.

    Source: docs.patreon.com, "Webhook Endpoints" (DELETE).
    """

    def __init__(self, store: Store, notices: Notices) -> None:
        self._store = store
        self._notices = notices
        self._left: set[str] = set()

    async def remove(
        self, api: Patreon, stored: StoredCampaign, hook: Hook, remotes: Sequence[RemoteHook]
    ) -> bool:
        """Remove a hook; tells whether trying again soon is of no use. Safe to repeat."""
        extra = {"campaign_id": stored.campaign.id}
        try:
            for remote in own(hook, remotes):
                await api.delete_hook(remote.id)
        except (TemporaryError, PermanentError) as error:
            if hook.campaign_id not in self._left:
                self._left.add(hook.campaign_id)
                log.warning("hook not removed", extra={**extra, "reason": str(error)})
            return isinstance(error, PermanentError)
        self._left.discard(hook.campaign_id)
        is_needed = await self._forget(hook)
        for trouble in HOOK_TROUBLES:
            await self._notices.note(stored, trouble, is_on=False)
        log.info("hook removed", extra=extra)
        return not is_needed

    async def _forget(self, hook: Hook) -> bool:
        """Forget a hook that Patreon has no more; tells whether somebody follows again.

        Then its key stays, to be registered anew.
        """
        async with self._store.write() as work:
            is_needed = bool(await work.links.of_campaign(hook.campaign_id))
            if is_needed:
                await work.hooks.save(replace(hook, patreon_id=None, is_paused=False, failures=0))
            else:
                await work.hooks.remove([hook.campaign_id])
        return is_needed
