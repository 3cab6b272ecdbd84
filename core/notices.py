"""Notices: staff are told once that a trouble starts and once that it ends."""

from collections.abc import Callable

from core import troubles
from core.ports import Clock
from core.store import Store, StoredCampaign, Work
from core.troubles import THE_BOT, Trouble


class Notices:
    """Tells the staff channels of a campaign's links, or all; what was told survives a restart.

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
        campaign = stored.campaign
        return await self._tell(campaign.id, campaign.name, trouble, is_on=is_on, reason=reason)

    async def note_of_bot(self, trouble: Trouble, *, is_on: bool) -> bool:
        """Say that a trouble of the bot as a whole lasts or does not, to every staff channel.

        Whether that is news is what comes back; safe to repeat.
        """
        return await self._tell(THE_BOT, "", trouble, is_on=is_on, reason="")

    async def _tell(
        self, campaign_id: str, name: str, trouble: Trouble, *, is_on: bool, reason: str
    ) -> bool:
        async with self._store.read() as work:
            known = await troubles.load(work, campaign_id, trouble)
            channels = list(await _staff_channels(work, campaign_id))
        wanted, _ = troubles.turn(known, channels, is_on=is_on, reason=reason, now=self._clock())
        if wanted == known:
            return False
        async with self._store.write() as work:
            is_news = await self._note(work, campaign_id, name, trouble, is_on=is_on, reason=reason)
        self._on_announced()
        return is_news

    async def _note(
        self,
        work: Work,
        campaign_id: str,
        name: str,
        trouble: Trouble,
        *,
        is_on: bool,
        reason: str,
    ) -> bool:
        now = self._clock()
        known = await troubles.lock(work, campaign_id, trouble)
        links = await _staff_channels(work, campaign_id)
        wanted, told = troubles.turn(known, list(links), is_on=is_on, reason=reason, now=now)
        await troubles.save(work, campaign_id, trouble, wanted)
        lasting = wanted or known
        if lasting is None:
            return False
        for channel_id in told:
            card = troubles.compose(
                trouble, name, lasting, is_on=is_on, marker=self._new_marker(), at=now
            )
            await work.announcements.add(
                card, channel_id=channel_id, link_id=links[channel_id], change_id=None, at=now
            )
        return known is None or not is_on


async def _staff_channels(work: Work, campaign_id: str) -> dict[int, int]:
    """Give the links' ids by staff channel, one link for each channel."""
    of_campaign = campaign_id != THE_BOT
    links = await work.links.of_campaign(campaign_id) if of_campaign else await work.links.all()
    return {link.staff_channel_id: link.id for link in links if link.staff_channel_id is not None}
