"""Campaigns, tiers and members as Patreon knows them now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """Where a membership stands.

    `FREE` never pledged; `GONE` is no longer in the campaign's list; `UNKNOWN` is a value that
    Patreon added after this was written.
    """

    FREE = "free"
    ACTIVE = "active"
    DECLINED = "declined"
    FORMER = "former"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A level of a campaign; `amount_cents` is 0 for the automatic free one.

    At most `patron_limit` can belong to it (None: any number). `benefits` are the titles of what
    comes with it. None in `patron_count` or `benefits`: this reading of the tier does not tell.
    """

    id: str
    campaign_id: str
    title: str
    amount_cents: int
    is_published: bool = True
    patron_count: int | None = None
    patron_limit: int | None = None
    benefits: tuple[str, ...] | None = ()

    @property
    def is_paid(self) -> bool:
        """Whether belonging to it costs something."""
        return self.amount_cents > 0

    def completed(self, known: "Tier | None") -> "Tier":
        """Fill what this reading does not tell from what is `known` already."""
        if known is None:
            return self
        count = known.patron_count if self.patron_count is None else self.patron_count
        benefits = known.benefits if self.benefits is None else self.benefits
        return replace(self, patron_count=count, benefits=benefits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A creator's page. `currency` is an ISO 4217 code; `url` is absolute or None."""

    id: str
    name: str
    currency: str = "USD"
    url: str | None = None
    patron_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person's membership of one campaign.

    `name` is display text that its owner chose (never a key, never trusted). `tier_ids` is what
    the member is entitled to now, sorted. Amounts are cents of the campaign's currency.
    """

    id: str
    campaign_id: str
    status: Status
    user_id: str | None = None
    name: str | None = None
    tier_ids: tuple[str, ...] = ()
    is_trial: bool = False
    is_gift: bool = False
    cadence_months: int | None = None
    entitled_cents: int = 0
    will_pay_cents: int = 0
    lifetime_cents: int = 0
    last_charge_status: str | None = None
    last_charge_at: datetime | None = None
    next_charge_at: datetime | None = None
    pledge_started_at: datetime | None = None
    discord_id: int | None = None
    hides_pledges: bool = False


Tiers = Mapping[str, Tier]
"""A campaign's tiers by id."""


def top_tier(tier_ids: tuple[str, ...], tiers: Tiers) -> Tier | None:
    """Pick the most expensive of `tier_ids` that `tiers` knows, None when it knows none."""
    known = [tiers[tier_id] for tier_id in tier_ids if tier_id in tiers]
    return max(known, key=lambda tier: (tier.amount_cents, tier.id), default=None)
