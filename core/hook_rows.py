"""The stored side of the webhooks: their keys, and their secrets while one is being replaced."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.errors import TemporaryError
from core.inbox import Hook
from core.ports import Clock, RemoteHook
from core.remote_hooks import rotate, stray_key
from core.store import Store, StoredCampaign, Work

OVERLAP = timedelta(days=8)
"""How long a replaced secret is still believed: Patreon's longest wait for a retry is a week."""


@dataclass(slots=True)
class Owned:
    """What there is to do for an account: campaigns to be told of, and hooks that none needs."""

    followed: list[StoredCampaign] = field(default_factory=list)
    unused: list[tuple[StoredCampaign, Hook]] = field(default_factory=list)


def by_account(
    campaigns: Sequence[StoredCampaign], wanted: Set[str], followed: Set[str], hooks: Sequence[Hook]
) -> dict[int, Owned]:
    """Sort campaigns by account: the `wanted` ones, and those with a hook that nobody follows."""
    known = {hook.campaign_id: hook for hook in hooks}
    of_creator: dict[int, Owned] = {}
    for stored in campaigns:
        campaign_id = stored.campaign.id
        if campaign_id in wanted:
            of_creator.setdefault(stored.creator_id, Owned()).followed.append(stored)
        elif campaign_id in known and campaign_id not in followed:
            owned = of_creator.setdefault(stored.creator_id, Owned())
            owned.unused.append((stored, known[campaign_id]))
    return of_creator


class HookRows:
    """Reads and writes the stored hooks. `new_key` gives keys that nobody can guess."""

    def __init__(self, store: Store, *, new_key: Callable[[], str], clock: Clock) -> None:
        self._store = store
        self._new_key = new_key
        self._clock = clock

    async def of(
        self,
        stored: StoredCampaign,
        remotes: Sequence[RemoteHook],
        public_url: str,
    ) -> Hook:
        """Give a campaign's hook; a new one is stored before Patreon learns of its key.

        So its webhook is recognised even when the answer to its registration is lost. A webhook
        that calls this server but was forgotten here is taken up again, when it can only be this
        campaign's: Patreon does not tell whose it is.
        """
        async with self._store.read() as work:
            hooks = await work.hooks.all()
            owners = [campaign.creator_id for campaign in await work.campaigns.all()]
        known = next((hook for hook in hooks if hook.campaign_id == stored.campaign.id), None)
        if known is not None:
            return known
        keys = [hook.key for hook in hooks]
        is_only = owners.count(stored.creator_id) == 1
        stray = stray_key(remotes, public_url, keys) if is_only else None
        key = stray or self._new_key()
        return await self.save(Hook(id=0, key=key, campaign_id=stored.campaign.id, secrets=()))

    async def keep(self, hook: Hook, remote: RemoteHook) -> Hook:
        """Store what Patreon says of a hook.

        Raises:
            TemporaryError: no secret is known, so none of its deliveries could be believed.
        """
        secrets = rotate(hook.secrets, remote.secret)
        if not secrets:
            raise TemporaryError("Patreon does not tell the webhook's secret.")
        now = self._clock()
        rotated = f"hook.rotated:{hook.id}"
        is_new = hook.secrets != secrets and len(secrets) > 1
        if not is_new and len(secrets) > 1:
            async with self._store.read() as work:
                secrets = secrets[: 1 if await _is_over(work, rotated, now) else 2]
        kept = replace(
            hook,
            patreon_id=remote.id,
            secrets=secrets,
            is_paused=remote.is_paused,
            failures=remote.failures,
        )
        if kept == hook:
            return hook
        async with self._store.write() as work:
            if is_new:
                await work.notes.set(rotated, now.isoformat())
            await _save(work, kept)
        return kept

    async def save(self, hook: Hook) -> Hook:
        """Store a hook; gives it with its id."""
        async with self._store.write() as work:
            return replace(hook, id=await _save(work, hook))


async def _save(work: Work, hook: Hook) -> int:
    try:
        return await work.hooks.save(hook)
    except LookupError as error:
        raise TemporaryError("The account was disconnected meanwhile.") from error


async def _is_over(work: Work, rotated: str, now: datetime) -> bool:
    """Whether the time is over in which two secrets are believed."""
    since = await work.notes.get(rotated)
    return since is None or now - datetime.fromisoformat(since) >= OVERLAP
