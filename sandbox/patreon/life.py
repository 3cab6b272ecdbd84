"""Let a world live by itself: people join, change and leave at a chosen pace."""

import asyncio
import heapq
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.patreon.clock import VirtualClock
from sandbox.patreon.member_events import MemberEvent
from sandbox.patreon.post_events import PostEvent
from sandbox.patreon.records import Kind, Member, PatronStatus
from sandbox.patreon.world import PatreonWorld

Event = MemberEvent | PostEvent
TRIES = 60
WEIGHTS = {
    "join_paid": 22,
    "join_annual": 5,
    "join_free": 15,
    "join_gift": 3,
    "join_trial": 3,
    "upgrade": 10,
    "downgrade": 5,
    "decline": 9,
    "recover": 7,
    "cancel": 9,
    "come_back": 6,
    "rename": 2,
    "leave": 3,
    "publish": 3,
}


class LifeGenerator:
    """Make events in one campaign, the same for the same seed and world.

    `weights` say how often each of `WEIGHTS` happens, in any unit. Cancelled members whose period
    is over end when the clock has passed it.
    """

    def __init__(
        self,
        world: PatreonWorld,
        *,
        seed: int = 1,
        campaign_id: str | None = None,
        weights: dict[str, int] | None = None,
    ) -> None:
        self._world = world
        self._campaign_id = world.campaign(campaign_id).id
        self._random = random.Random(seed)
        chosen = WEIGHTS if weights is None else weights
        self._names = [name for name in chosen if chosen[name] > 0]
        self._weights = [chosen[name] for name in self._names]
        self._ending: list[tuple[datetime, str]] = []
        self._posts = 0

    def step(self) -> Event:
        """Let one thing happen now."""
        if (ended := self._end_one()) is not None:
            return ended
        name = self._random.choices(self._names, self._weights)[0]
        event = self._happen(name)
        return event if event is not None else self._join(Kind.FREE)

    def run_for(self, clock: VirtualClock, span: timedelta, *, pace: timedelta) -> list[Event]:
        """Let `span` of virtual time pass, with an event every `pace` on average."""
        end = clock() + span
        events: list[Event] = []
        while True:
            pause = timedelta(seconds=self._random.expovariate(1 / pace.total_seconds()))
            if clock() + pause >= end:
                clock.advance(end - clock())
                return events
            clock.advance(pause)
            events.append(self.step())

    async def run(self, *, pace: timedelta, events: int) -> None:
        """Let `events` things happen in real time, one every `pace` on average."""
        for _ in range(events):
            await asyncio.sleep(self._random.expovariate(1 / pace.total_seconds()))
            self.step()

    def _happen(self, name: str) -> Event | None:
        world = self._world
        if name.startswith("join_"):
            return self._join(Kind(name.removeprefix("join_")))
        if name == "publish":
            self._posts += 1
            return world.publish_post(f"Observing log {self._posts}", campaign_id=self._campaign_id)
        member = self._pick(_WHO[name])
        if member is None:
            return None
        match name:
            case "upgrade" | "downgrade":
                return self._move(member, up=name == "upgrade")
            case "decline":
                return world.decline(member)
            case "recover":
                return world.recover(member)
            case "cancel":
                event = world.cancel(member)
                if (until := event.member.next_charge_date) is not None:
                    heapq.heappush(self._ending, (until, member.id))
                return event
            case "come_back":
                return world.come_back(member)
            case "rename":
                return world.rename(member, f"Renamed {self._random.randrange(10_000)}")
            case "leave":
                return world.delete(member)
            case _:
                raise ValueError(f"Unknown event {name}.")

    def _join(self, kind: Kind) -> MemberEvent:
        paid = [t for t in self._world.tiers(self._campaign_id) if t.amount_cents > 0]
        tier = self._random.choice(paid) if paid else None
        return self._world.join(tier, kind=kind, campaign_id=self._campaign_id)

    def _move(self, member: Member, *, up: bool) -> MemberEvent | None:
        tiers = sorted(
            (t for t in self._world.tiers(self._campaign_id) if t.amount_cents > 0),
            key=lambda tier: tier.amount_cents,
        )
        places = [n for n, tier in enumerate(tiers) if tier.id == member.pledged_tier_id]
        place = (places[0] if places else 0) + (1 if up else -1)
        if not 0 <= place < len(tiers):
            return None
        change = self._world.upgrade if up else self._world.downgrade
        return change(member, tiers[place])

    def _pick(self, fits: Callable[[Member], bool]) -> Member | None:
        roster = self._world.roster(self._campaign_id)
        for _ in range(TRIES if roster.size else 0):
            member = roster.at(self._random.randrange(roster.size))
            if member is not None and fits(member):
                return member
        return None

    def _end_one(self) -> MemberEvent | None:
        while self._ending and self._ending[0][0] <= self._world.now():
            _, member_id = heapq.heappop(self._ending)
            member = self._world.member(member_id)
            if member is not None and _is_leaving(member):
                return self._world.end(member)
        return None


def _is_paying(member: Member) -> bool:
    return member.patron_status == PatronStatus.ACTIVE and member.will_pay_cents > 0


def _is_leaving(member: Member) -> bool:
    return member.patron_status == PatronStatus.FORMER and bool(member.tier_ids)


_WHO: dict[str, Callable[[Member], bool]] = {
    "upgrade": _is_paying,
    "downgrade": _is_paying,
    "decline": _is_paying,
    "recover": lambda m: m.patron_status == PatronStatus.DECLINED,
    "cancel": _is_paying,
    "come_back": lambda m: m.patron_status == PatronStatus.FORMER and not m.tier_ids,
    "rename": lambda m: True,
    "leave": lambda m: m.patron_status is None and m.lifetime_cents == 0,
}
