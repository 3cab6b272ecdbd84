"""What must be true when all is over: the model that the world is compared with."""

from collections import Counter
from dataclasses import dataclass, field

from core.letter_box import LetterState
from core.members import Member, Status
from tests.end_to_end.place import PATIENCE, Place

STATUSES = {
    None: Status.FREE,
    "active_patron": Status.ACTIVE,
    "declined_patron": Status.DECLINED,
    "former_patron": Status.FORMER,
}


@dataclass
class Ledger:
    """The messages to expect, and how many events the bot has acknowledged."""

    place: Place
    titles: list[str] = field(default_factory=list)
    accepted: int = 0

    async def differences(self, *, patience: float = PATIENCE) -> list[str]:
        """Wait until the bot has settled, and say what is not as it must be."""
        await self.place.until_settled(patience=patience)
        return [*self._of_the_feed(), *await self._of_the_inbox(), *await self._of_the_members()]

    def _of_the_feed(self) -> list[str]:
        shown, expected = Counter(self.place.shown()), Counter(self.titles)
        return [
            f"{title!r} is shown {shown[title]} times instead of {expected[title]}"
            for title in sorted(shown | expected)
            if shown[title] != expected[title]
        ]

    async def _of_the_inbox(self) -> list[str]:
        letters = await self.place.letters()
        found = [
            f"event {letter.id} is {letter.state}: {letter.reason}"
            for letter in letters
            if letter.state is not LetterState.DONE
        ]
        # More may be stored than was acknowledged: the answer can be lost after the commit.
        if len(letters) < self.accepted:
            found.append(f"{len(letters)} events are stored, {self.accepted} were acknowledged")
        return found

    async def _of_the_members(self) -> list[str]:
        world = self.place.world
        at_patreon = {
            member.id: (
                STATUSES[member.patron_status],
                tuple(sorted(member.tier_ids)),
                member.entitled_cents,
                member.will_pay_cents,
                member.full_name,
            )
            for member in world.members()
        }
        known = {member.id: _facts(member) for member in await self._stored()}
        here = {id_: facts for id_, facts in known.items() if facts[0] is not Status.GONE}
        return [
            f"member {id_} is {here.get(id_)} instead of {at_patreon.get(id_)}"
            for id_ in sorted(here.keys() | at_patreon.keys())
            if here.get(id_) != at_patreon.get(id_)
        ]

    async def _stored(self) -> list[Member]:
        found: list[Member] = []
        async with self.place.store() as store, store.read() as work:
            row = 0
            campaign_id = self.place.world.campaign().id
            while batch := await work.members.present_after(campaign_id, row, limit=1_000):
                row = batch[-1][0]
                found += (await work.members.load([id_ for _, id_, _ in batch])).values()
        return found


def _facts(member: Member) -> tuple[object, ...]:
    return (
        member.status,
        member.tier_ids,
        member.entitled_cents,
        member.will_pay_cents,
        member.name,
    )
