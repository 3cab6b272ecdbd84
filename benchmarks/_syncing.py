"""The bot's own sync, over its own client and database, in this process."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from cryptography.fernet import Fernet, MultiFernet

from benchmarks._pages import CAMPAIGN_ID
from core.accounts import TokenPair
from core.connect import import_seed
from core.feed import Feed, FeedPolicy
from core.sync import Sync
from patreon.clients import PatreonClients
from patreon.limits import Sleep
from patreon.settings import Limits, PatreonSettings
from storage.migrate import upgrade
from storage.store import SqlStore

NO_LIMITS = Limits(per_client=1_000_000, per_token=1_000_000)


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def nothing() -> None:
    """Be rung, and do nothing."""


def new_store(database: str) -> SqlStore:
    """Make a store of a migrated database."""
    return SqlStore(database, keys=MultiFernet([Fernet(Fernet.generate_key())]), clock=now)


@dataclass(frozen=True, slots=True)
class Syncing:
    """A campaign that can be synced, nothing of which is known yet."""

    sync: Sync
    store: SqlStore

    async def run(self, *, is_first: bool) -> None:
        """Sync it whole.

        Raises:
            RuntimeError: something failed, or members were written that need not be.
        """
        report = await self.sync.run(CAMPAIGN_ID)
        written = report.members.new + report.members.changed
        if report.failures or bool(written) is not is_first:
            raise RuntimeError(f"the sync did not do what it should: {report}")


@asynccontextmanager
async def open_syncing(
    port: int, database: str, limits: Limits = NO_LIMITS, *, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[Syncing]:
    """Migrate `database` and connect it to the server of `benchmarks._pages` at `port`.

    Under `limits`, `sleep` is what the client waits with for its turn.
    """
    await upgrade(database)
    store = new_store(database)
    await import_seed(store, TokenPair(access="access", refresh=None))
    address = f"http://127.0.0.1:{port}"
    settings = PatreonSettings(
        user_agent="bench", api_url=address, token_url=address, limits=limits
    )
    clients = PatreonClients(
        settings, store=store, clock=now, monotonic=time.monotonic, sleep=sleep
    )
    numbers = count()
    feed = Feed(FeedPolicy(), new_marker=lambda: f"marker-{next(numbers)}")
    sync = Sync(store, clients, feed, clock=now, on_announced=nothing, on_baseline=nothing)
    try:
        if failures := await sync.discover():
            raise RuntimeError(f"the campaign cannot be read: {failures}")
        yield Syncing(sync, store)
    finally:
        await clients.aclose()
        await store.close()
