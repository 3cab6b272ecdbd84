"""Is everything that the bot needs at hand? True answers without details."""

from collections.abc import Callable
from dataclasses import dataclass

from core.accounts import TokenState
from core.errors import BotError
from core.ports import Connection
from core.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What is at hand.

    `token` is False when Patreon refuses a creator's tokens, `baseline` until the first sync of
    every followed campaign is done: before it nothing is announced.
    """

    database: bool
    discord: bool
    token: bool
    baseline: bool

    @property
    def is_ready(self) -> bool:
        """Whether all of it is."""
        return self.database and self.discord and self.token and self.baseline


class Health:
    """Checks what the bot needs."""

    def __init__(self, store: Store, connection: Callable[[], Connection]) -> None:
        self._store = store
        self._connection = connection

    async def readiness(self) -> Readiness:
        """Look at everything now; never raises what it found."""
        is_connected = self._connection().is_ready
        try:
            await self._store.check()
            async with self._store.read() as work:
                creators = await work.creators.all()
                links = await work.links.all()
                campaigns = {c.campaign.id: c for c in await work.campaigns.all()}
        except BotError:
            return Readiness(database=False, discord=is_connected, token=False, baseline=False)
        followed = [campaigns.get(link.campaign_id) for link in links]
        return Readiness(
            database=True,
            discord=is_connected,
            token=bool(creators)
            and all(creator.token_state is not TokenState.BROKEN for creator in creators),
            baseline=all(c is not None and c.baseline_at is not None for c in followed),
        )
