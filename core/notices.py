"""Notices: the staff of a campaign are told once that a trouble starts and once that it ends."""

from collections.abc import Callable

from core import troubles
from core.ports import Clock
from core.store import Store, StoredCampaign, Work
from core.troubles import Trouble


class Notices:
    """Tells the staff channels of a campaign's links; what was told survives a restart.

    A link without a staff channel is told nothing: the status shows the trouble. One that gets
    its staff channel while a trouble lasts is told then.
    """

    def __init__(
        self,
        store: Store,
        *,
        new_marker: Callable[[], str],
        clock: Clock,
        on_announced: Callable[[], None],
    ) -> None:
        self._store = store
        self._new_marker = new_marker
        self._clock = clock
        self._on_announced = on_announced

    async def note(
        self, stored: StoredCampaign, trouble: Trouble, *, is_on: bool, reason: str = ""
    ) -> bool:
        """Say that a trouble lasts or does not; whether that is news is what comes back.

        Safe to repeat: the same trouble is told again only after it ended.
        """
        async with self._store.read() as work:
            known = await troubles.load(work, stored.campaign.id, trouble)
            channels = list(await _staff_channels(work, stored.campaign.id))
        wanted, _ = troubles.turn(known, channels, is_on=is_on, reason=reason, now=self._clock())
        if wanted == known:
            return False
        async with self._store.write() as work:
            is_news = await self._note(work, stored, trouble, is_on=is_on, reason=reason)
        self._on_announced()
        return is_news

    async def _note(
        self, work: Work, stored: StoredCampaign, trouble: Trouble, *, is_on: bool, reason: str
    ) -> bool:
        now, campaign = self._clock(), stored.campaign
        known = await troubles.load(work, campaign.id, trouble)
        links = await _staff_channels(work, campaign.id)
        wanted, told = troubles.turn(known, list(links), is_on=is_on, reason=reason, now=now)
        await troubles.save(work, campaign.id, trouble, wanted)
        lasting = wanted or known
        if lasting is None:
            return False
        for channel_id in told:
            card = troubles.compose(
                trouble, campaign.name, lasting, is_on=is_on, marker=self._new_marker(), at=now
            )
            await work.announcements.add(
                card, channel_id=channel_id, link_id=links[channel_id], change_id=None, at=now
            )
        return known is None or not is_on


async def _staff_channels(work: Work, campaign_id: str) -> dict[int, int]:
    """Give the links' ids by staff channel."""
    return {
        link.staff_channel_id: link.id
        for link in await work.links.of_campaign(campaign_id)
        if link.staff_channel_id is not None
    }
