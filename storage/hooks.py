"""Webhooks that the bot registered or was told of, with sealed secrets."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from core.errors import PermanentError
from core.inbox import Hook
from storage.connection import AnyRow, Connection
from storage.tables import events, hooks
from storage.types import Vault


class SqlHooks:
    """Implements `core.store.Hooks`."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def by_key(self, key: str) -> Hook | None:
        """The hook whose address ends in `key`."""
        row = await self._connection.first(select(hooks).where(hooks.c.key == key))
        return self._hook(row) if row else None

    async def all(self) -> Sequence[Hook]:
        """All hooks, oldest first."""
        rows = await self._connection.all(select(hooks).order_by(hooks.c.id))
        return [self._hook(row) for row in rows]

    async def save(self, hook: Hook) -> int:
        """Add a hook (id 0) or update one; gives its id.

        Raises:
            LookupError: there is no hook with this id.
        """
        values = {
            "key": hook.key,
            "campaign_id": hook.campaign_id,
            "patreon_id": hook.patreon_id,
            "secrets": self._vault.seal(json.dumps(hook.secrets)),
            "is_paused": hook.is_paused,
            "failures": hook.failures,
        }
        statement = update(hooks).where(hooks.c.id == hook.id) if hook.id else insert(hooks)
        hook_id: int | None = await self._connection.value(
            statement.values(**values).returning(hooks.c.id)
        )
        if hook_id is None:
            raise LookupError(f"There is no hook {hook.id}.")
        return hook_id

    async def remove(self, campaign_ids: Sequence[str]) -> int:
        """Forget the hooks of these campaigns; gives how many there were.

        Their events that wait keep their campaign.
        """
        if not campaign_ids:
            return 0
        is_theirs = self._connection.among(hooks.c.campaign_id, campaign_ids)
        # What still waits keeps its campaign: the number of a hook may be given again.
        campaign = select(hooks.c.campaign_id).where(hooks.c.id == events.c.hook_id)
        await self._connection.run(
            update(events)
            .where(
                events.c.due_at.is_not(None),
                events.c.campaign_id.is_(None),
                events.c.hook_id.in_(select(hooks.c.id).where(is_theirs)),
            )
            .values(campaign_id=campaign.scalar_subquery())
        )
        return await self._connection.run(delete(hooks).where(is_theirs))

    async def prove_keys(self) -> None:
        """Open every hook's secrets.

        Raises:
            PermanentError: some were sealed with a key that is no longer configured.
        """
        await self.all()

    async def forget_lost_secrets(self) -> int:
        """Forget the secrets that no key opens; gives how many hooks had such."""
        rows = await self._connection.all(select(hooks))
        lost = [row.id for row in rows if not self._is_open(row)]
        for hook_id in lost:
            await self._connection.run(
                update(hooks).where(hooks.c.id == hook_id).values(secrets=self._vault.seal("[]"))
            )
        return len(lost)

    def _is_open(self, row: AnyRow) -> bool:
        try:
            self._vault.open(row.secrets)
        except PermanentError:
            return False
        return True

    async def last_delivery(self) -> datetime | None:
        """When the newest event of any hook arrived."""
        newest = select(events.c.received_at).order_by(events.c.id.desc()).limit(1)
        moment: datetime | None = await self._connection.value(newest)
        return moment

    def _hook(self, row: AnyRow) -> Hook:
        return Hook(
            id=row.id,
            key=row.key,
            campaign_id=row.campaign_id,
            secrets=tuple(json.loads(self._vault.open(row.secrets) or "[]")),
            patreon_id=row.patreon_id,
            is_paused=row.is_paused,
            failures=row.failures,
        )
