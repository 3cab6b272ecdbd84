"""What a sync found that no webhook had told: a measure of how far webhooks can be trusted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from core.feed import Feed, FeedPolicy, News
from core.inbox import Subject
from core.members import Tiers
from core.people import Person
from core.ports import ReadHint
from core.store import StoredCampaign, Work

MOST_WAITING = 1_000
"""With more events waiting than this nobody is counted: what they tell is not known yet."""


@dataclass(frozen=True, slots=True)
class Missed:
    """How many changes of a campaign no webhook told, and when the last one was found."""

    count: int = 0
    last_at: datetime | None = None


class WorkingHooks:
    """Since when each campaign's webhook is known to deliver; forgotten with the process.

    What happened while the process was away is told late, so it must not count as missed.
    """

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}

    def since(self, campaign_id: str) -> datetime | None:
        """Tell since when the campaign's webhook delivers, None when that is not known."""
        return self._since.get(campaign_id)

    def note(self, campaign_id: str, *, at: datetime) -> None:
        """Say that it delivers; an earlier time stays."""
        self._since.setdefault(campaign_id, at)

    def forget(self, campaign_id: str) -> None:
        """Say that it does not, or that nobody knows."""
        self._since.pop(campaign_id, None)


class SyncFeed(Feed):
    """The feed as a sync uses it: it also counts the changes that no webhook told.

    A change counts when the campaign's webhook has worked at least since the sync before, and
    no event about the member waits in the inbox. One whose webhook is on its way at that very
    moment is counted, too: the number is for noticing that webhooks stay away, not for the books.
    """

    def __init__(
        self,
        policy: FeedPolicy,
        *,
        new_marker: Callable[[], str],
        read_hint: ReadHint,
        working: WorkingHooks,
    ) -> None:
        super().__init__(policy, new_marker=new_marker)
        self._read_hint = read_hint
        self._working = working

    async def announce(
        self,
        work: Work,
        news: Sequence[News],
        stored: StoredCampaign,
        tiers: Tiers,
        *,
        wishes: Mapping[str, Person],
        at: datetime,
    ) -> int:
        """Ask for one message per change and channel, and count; gives how many were asked for."""
        if news and self._is_expected(stored):
            await self._count(work, {item.member.id for item in news}, stored, at=at)
        return await super().announce(work, news, stored, tiers, wishes=wishes, at=at)

    def _is_expected(self, stored: StoredCampaign) -> bool:
        """Whether a webhook should have told everything since the last sync."""
        since = self._working.since(stored.campaign.id)
        return since is not None and stored.synced_at is not None and since <= stored.synced_at

    async def _count(
        self, work: Work, members: set[str], stored: StoredCampaign, *, at: datetime
    ) -> None:
        waiting = await work.events.waiting(limit=MOST_WAITING + 1)
        if len(waiting) > MOST_WAITING:
            return
        hints = (self._read_hint(delivery.trigger, delivery.body) for delivery in waiting)
        told = {hint.id for hint in hints if hint.subject is Subject.MEMBER}
        untold = len(members - told)
        if untold:
            before = await load_missed(work, stored.campaign.id)
            after = _ADAPTER.dump_json(Missed(before.count + untold, at)).decode()
            await work.notes.set(_note(stored.campaign.id), after)


async def load_missed(work: Work, campaign_id: str) -> Missed:
    """Recall how many changes of a campaign no webhook told."""
    text = await work.notes.get(_note(campaign_id))
    try:
        return _ADAPTER.validate_json(text) if text else Missed()
    except ValidationError:
        return Missed()


def _note(campaign_id: str) -> str:
    return f"missed:{campaign_id}"


_ADAPTER = TypeAdapter(Missed)
