"""The members of one campaign: computed from the seed, with changes laid over."""

from collections import Counter
from collections.abc import Iterator

from sandbox.patreon.records import Kind, Member, PatronStatus
from sandbox.patreon.seeds import BLOCK, MemberSeed


class Roster:
    """Read and change the members of a campaign, in the order in which they joined.

    Only members that changed or joined later take memory.
    """

    def __init__(self, seed: MemberSeed) -> None:
        self.seed = seed
        self._next_index = seed.count
        self._changed: dict[int, Member | None] = {}
        self._gone = 0
        self._active, self._in_tier = _seeded_counts(seed)

    def __len__(self) -> int:
        return self._next_index - self._gone

    @property
    def active(self) -> int:
        """How many members are active patrons."""
        return self._active

    def in_tier(self, tier_id: str) -> int:
        """Count the members that are entitled to a tier."""
        return self._in_tier[tier_id]

    def at(self, index: int) -> Member | None:
        """Read the member at `index`; `None` when it is gone or was never there."""
        if not 0 <= index < self._next_index:
            return None
        if index in self._changed:
            return self._changed[index]
        return self.seed.member(index)

    def find(self, member_id: str) -> Member | None:
        """Read a member by its id."""
        index = self.seed.index_of(member_id)
        return None if index is None else self.at(index)

    def place_of(self, member_id: str) -> int | None:
        """Find the place that a member has or had in the list; `None` for an unknown id."""
        index = self.seed.index_of(member_id)
        return index if index is not None and index < self._next_index else None

    def find_user(self, user_id: str) -> Member | None:
        """Read the membership of an account."""
        index = self.seed.index_of_user(user_id)
        return None if index is None else self.at(index)

    def page(self, start: int, count: int) -> list[Member]:
        """Read up to `count` members from place `start` on."""
        found: list[Member] = []
        for member in self._from(start):
            found.append(member)
            if len(found) == count:
                break
        return found

    def has_more(self, start: int) -> bool:
        """Say whether a member stands at `start` or later."""
        return next(self._from(start), None) is not None

    def newcomer(self) -> Member:
        """Make the next person who could join, as a free member; `put` adds them."""
        return self.seed.blank(self._next_index)

    def put(self, member: Member) -> None:
        """Add or replace a member."""
        old = self.at(member.index)
        self._next_index = max(self._next_index, member.index + 1)
        self._count(old, -1)
        self._count(member, +1)
        self._changed[member.index] = member

    def remove(self, member: Member) -> None:
        """Take a member out of the list; its place stays empty."""
        self._count(self.at(member.index), -1)
        self._changed[member.index] = None
        self._gone += 1

    @property
    def size(self) -> int:
        """How many places the list has, empty ones included."""
        return self._next_index

    def _from(self, start: int) -> Iterator[Member]:
        for index in range(max(0, start), self._next_index):
            if (member := self.at(index)) is not None:
                yield member

    def _count(self, member: Member | None, by: int) -> None:
        if member is None:
            return
        self._active += by * (member.patron_status == PatronStatus.ACTIVE)
        for tier_id in member.tier_ids:
            self._in_tier[tier_id] += by


def _seeded_counts(seed: MemberSeed) -> tuple[int, Counter[str]]:
    blocks, rest = divmod(seed.count, BLOCK)
    active = 0
    in_tier: Counter[str] = Counter()
    for place, (kind, _) in enumerate(seed.block):
        times = blocks + (place < rest)
        active += times * (kind in {Kind.PAID, Kind.ANNUAL, Kind.GIFT, Kind.TRIAL})
        for tier_id in seed.member(place).tier_ids:
            in_tier[tier_id] += times
    return active, in_tier
