"""Finding out which campaigns the connected accounts have, and their tiers."""

from collections.abc import Sequence

from core.accounts import TokenState
from core.errors import BotError, UserError
from core.image_notes import NO_NOTES, ImageNotes
from core.members import Campaign
from core.ports import CampaignRead, Patreon, PatreonOf
from core.store import Store, StoredCampaign


class Discovery:
    """Keeps the stored campaigns and tiers like Patreon's."""

    def __init__(self, store: Store, patreon_of: PatreonOf, notes: ImageNotes = NO_NOTES) -> None:
        self._store = store
        self._patreon_of = patreon_of
        self._notes = notes

    async def discover(self) -> list[str]:
        """Read every creator's identity and campaigns; gives the sentences of what failed."""
        failures: list[str] = []
        async with self._store.read() as work:
            creators = await work.creators.all()
        for creator in creators:
            if creator.token_state is TokenState.DISCONNECTED:
                continue
            try:
                await self.read_account(creator.id)
            except BotError as error:
                failures.append(str(error))
        return failures

    async def find(self, campaign_id: str) -> StoredCampaign:
        """Give a campaign, asking every account for it when it is not known.

        Raises:
            UserError: no connected account owns it.
        """
        stored = await self.look_up(campaign_id)
        if stored is not None:
            return stored
        failures = await self.discover()
        stored = await self.look_up(campaign_id)
        if stored is None:
            why = " ".join(failures) or "None of the connected Patreon accounts owns it."
            raise UserError(f"Campaign {campaign_id} cannot be synced. {why}")
        return stored

    async def look_up(self, campaign_id: str) -> StoredCampaign | None:
        """Give a campaign when it is known."""
        async with self._store.read() as work:
            return await work.campaigns.get(campaign_id)

    async def read_tiers(self, stored: StoredCampaign, api: Patreon) -> int:
        """Read the campaigns of one's creator anew; gives how many tiers this one has."""
        reads = await api.campaigns()
        await self._save(stored.creator_id, reads)
        return sum(len(read.tiers) for read in reads if read.campaign.id == stored.campaign.id)

    async def read_account(self, creator_id: int) -> Sequence[Campaign]:
        """Read one creator's identity and campaigns, and keep them; gives the campaigns."""
        api = self._patreon_of(creator_id)
        identity = await api.identity()
        async with self._store.write() as work:
            await work.creators.set_identity(
                creator_id, patreon_id=identity.patreon_id, name=identity.name
            )
        reads = await api.campaigns()
        await self._save(creator_id, reads)
        return [read.campaign for read in reads]

    async def _save(self, creator_id: int, reads: Sequence[CampaignRead]) -> None:
        for read in reads:
            async with self._store.write() as work:
                await work.campaigns.save(read.campaign, read.tiers, creator_id=creator_id)
                await self._notes.see(work, read.pictures)
        self._notes.ring()
