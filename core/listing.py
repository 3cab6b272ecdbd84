"""Questions about members and their answers: filters, pages, totals."""

from dataclasses import dataclass, field
from enum import StrEnum

from core.members import Member, Status


class Sort(StrEnum):
    """The order of a member list. `NEWEST`: latest pledge first. `SUPPORT`: most ever paid."""

    NAME = "name"
    NEWEST = "newest"
    SUPPORT = "support"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberQuery:
    """Which members to list. Empty filters match everyone who is still in the campaign.

    `text` is looked for anywhere in the name, ignoring case.
    """

    campaign_ids: tuple[str, ...]
    status: Status | None = None
    tier_id: str | None = None
    text: str = ""
    sort: Sort = Sort.NAME
    offset: int = 0
    limit: int = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How many members there are."""

    by_status: dict[Status, int] = field(default_factory=dict)
    by_tier: dict[str, int] = field(default_factory=dict)

    @property
    def everyone(self) -> int:
        """All who are still in the campaign, former members included."""
        return sum(n for status, n in self.by_status.items() if status is not Status.GONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPage:
    """A page of a list: its members, and how many match in all."""

    members: tuple[Member, ...]
    matching: int
    totals: Totals
