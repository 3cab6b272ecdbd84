"""Members made from a seed: the same seed gives the same campaign, at any size.

A member is computed from the seed and an index, so a million of them need no memory. Kinds and
tiers follow a block of a hundred that repeats, so that every count is exact without a look at
the members.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sandbox.patreon.histories import with_history
from sandbox.patreon.records import Kind, Member, Tier

BLOCK = 100
USER_ID_RANGE = 10_000_000
_MASK = (1 << 64) - 1
_UUID_STEP = 0x9E3779B1
_UUID_STEP_INVERSE = pow(_UUID_STEP, -1, 1 << 32)

_SHARES = {
    Kind.PAID: 46,
    Kind.ANNUAL: 11,
    Kind.FREE: 20,
    Kind.GIFT: 3,
    Kind.TRIAL: 3,
    Kind.DECLINED: 5,
    Kind.FORMER: 8,
    Kind.CANCELLED: 4,
}
_FIRST = (
    "Ada",
    "Bruno",
    "Chiara",
    "Dmitri",
    "Elif",
    "Farah",
    "Goran",
    "Hana",
    "Ines",
    "Jonas",
    "Kira",
    "Leon",
    "Mika",
    "Noor",
    "Ola",
    "Priya",
    "Quinn",
    "Rosa",
    "Sven",
    "Tomás",
    "Uma",
    "Viktor",
    "Wren",
    "Ximena",
    "Yara",
    "Zoë",
)
_LAST = (
    "Abara",
    "Bergström",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Gray",
    "Hoffmann",
    "Ito",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quist",
    "Rossi",
    "Silva",
    "Tanaka",
    "Ueda",
    "Vargas",
    "Winter",
    "Young",
)
ODD_NAMES: tuple[str | None, ...] = (
    None,
    "**Bold** _Kim_ `x` ||spoiler|| ~~gone~~ # Head",
    "@everyone [x](http://evil) <@&1> <#2>",
    "Maximiliane " + "von und zu " * 60 + "Hohenfels",
    "\u202eאליס דוגמה\u202c محمد",
    "🦊✨ Léa 👩‍🚀 🏳️‍🌈",
    "  \u200b ",
    "<script>alert('name')</script> & \"Co\"",
)


@dataclass(frozen=True)
class MemberSeed:
    """Everything that the seeded members of one campaign follow from.

    `tiers` are in order of their amount, the Free tier first; `seeded_at` is the present that
    all dates lie around.
    """

    seed: int
    campaign_id: str
    count: int
    tiers: tuple[Tier, ...]
    seeded_at: datetime
    first_user_id: int

    @cached_property
    def block(self) -> tuple[tuple[Kind, int], ...]:
        """Kind and tier number of each place in a block; the first eight show every kind."""
        paid = max(1, len(self.tiers) - 1)
        places = [
            (kind, 0 if kind is Kind.FREE else 1 + number % paid)
            for kind, share in _SHARES.items()
            for number in range(share - 1)
        ]
        random.Random(self.seed).shuffle(places)
        first = [(kind, 0 if kind is Kind.FREE else 1 + n % paid) for n, kind in enumerate(Kind)]
        return tuple(first + places)

    def member_id(self, index: int) -> str:
        """Name the member at `index`: a UUID from which the index can be read again."""
        low = (index * _UUID_STEP + self.seed) & 0xFFFFFFFF
        rest = _mix(self.seed, index ^ 0xA5A5A5A5)
        tail = f"{rest:016x}"
        return (
            f"{low:08x}-{tail[:4]}-4{tail[4:7]}-{'89ab'[rest & 3]}{tail[7:10]}"
            f"-{tail[10:16]}{int(self.campaign_id) & 0xFFFFFF:06x}"
        )

    def index_of(self, member_id: str) -> int | None:
        """Find the index in a member id of this campaign; `None` for any other id."""
        try:
            low = int(member_id[:8], 16)
        except ValueError:
            return None
        index = ((low - self.seed) * _UUID_STEP_INVERSE) & 0xFFFFFFFF
        return index if self.member_id(index) == member_id else None

    def user_id(self, index: int) -> str:
        """Name the account behind the member at `index`."""
        return str(self.first_user_id + index)

    def index_of_user(self, user_id: str) -> int | None:
        """Find the place of an account's membership; `None` for an account of another campaign."""
        index = int(user_id) - self.first_user_id if user_id.isdecimal() else -1
        return index if 0 <= index < USER_ID_RANGE else None

    def blank(self, index: int) -> Member:
        """Make the person at `index` as a free member without a history."""
        noise = _mix(self.seed, index)
        name = self._name(index, noise)
        created = self.seeded_at - timedelta(days=30 + noise % 1500, seconds=noise >> 20 & 0xFFFF)
        linked = noise >> 40 & 3 == 0
        return Member(
            index=index,
            id=self.member_id(index),
            campaign_id=self.campaign_id,
            user_id=self.user_id(index),
            full_name=name,
            email=None if noise >> 44 & 15 == 0 else f"patron{index}@example.com",
            user_created_at=created.replace(microsecond=0),
            discord_id=str(200_000_000_000_000_000 + (noise >> 8 & 0xFFFFFFFFFFFF))
            if linked
            else None,
            tier_ids=(self.tiers[0].id,),
        )

    def member(self, index: int) -> Member:
        """Make the seeded member at `index`, always the same."""
        kind, tier_number = self.block[index % BLOCK]
        blank = self.blank(index)
        if kind is Kind.FREE:
            return blank
        noise = _mix(self.seed, index + 0x5EED)
        tier = self.tiers[min(tier_number, len(self.tiers) - 1)]
        return with_history(blank, tier, kind=kind, now=self.seeded_at, noise=noise)

    def _name(self, index: int, noise: int) -> str | None:
        if 8 <= index < 8 + len(ODD_NAMES):
            return ODD_NAMES[index - 8]
        if noise >> 48 & 63 == 0:
            return ODD_NAMES[(noise >> 54) % len(ODD_NAMES)]
        return f"{_FIRST[noise % len(_FIRST)]} {_LAST[(noise >> 8) % len(_LAST)]}"


def _mix(seed: int, index: int) -> int:
    """Scatter `(seed, index)` over 64 bits (splitmix64)."""
    value = (seed * 0xD1342543DE82EF95 + index * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
