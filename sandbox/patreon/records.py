"""What a Patreon world is made of: campaigns, tiers, people, members and posts.

Ids are text, money is whole cents, moments are aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """How a member belongs to a campaign when they are created."""

    PAID = "paid"
    ANNUAL = "annual"
    FREE = "free"
    GIFT = "gift"
    TRIAL = "trial"
    DECLINED = "declined"
    FORMER = "former"
    CANCELLED = "cancelled"


class PatronStatus(StrEnum):
    """Patreon's `patron_status`; a free member has none. Source: docs.patreon.com, "Member"."""

    ACTIVE = "active_patron"
    DECLINED = "declined_patron"
    FORMER = "former_patron"


class Charge(StrEnum):
    """Patreon's `last_charge_status`. Source: docs.patreon.com, "Member"."""

    PAID = "Paid"
    DECLINED = "Declined"
    DELETED = "Deleted"
    PENDING = "Pending"
    REFUNDED = "Refunded"
    FRAUD = "Fraud"
    REFUNDED_BY_PATREON = "Refunded by Patreon"
    OTHER = "Other"
    PARTIALLY_REFUNDED = "Partially Refunded"
    FREE_TRIAL = "Free Trial"
    REFUND_PENDING = "Refund Pending"
    REFUND_DECLINED = "Refund Declined"


@dataclass(frozen=True, slots=True)
class Person:
    """A Patreon account: a creator, or the account behind a member."""

    id: str
    full_name: str | None
    email: str
    created_at: datetime
    discord_id: str | None = None
    is_creator: bool = False
    vanity: str | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A creator's page."""

    id: str
    name: str
    vanity: str
    creator_id: str
    currency: str
    created_at: datetime
    is_monthly: bool = True
    discord_server_id: str | None = None
    summary: str | None = None


@dataclass(frozen=True, slots=True)
class Benefit:
    """What comes with one or several tiers of a campaign."""

    id: str
    campaign_id: str
    title: str
    created_at: datetime
    description: str = ""
    is_deleted: bool = False
    is_ended: bool = False


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier of a campaign; the automatic Free tier has an amount of 0."""

    id: str
    campaign_id: str
    title: str
    amount_cents: int
    created_at: datetime
    description: str = ""
    published: bool = True
    user_limit: int | None = None
    has_image: bool = False
    discord_role_ids: tuple[str, ...] | None = None
    benefits: tuple[Benefit, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """One membership of a person in a campaign.

    `index` is the place in the campaign's list. `pledged_tier_id` is the tier that is being paid
    for, remembered while a declined or cancelled member is not entitled to it.
    """

    index: int
    id: str
    campaign_id: str
    user_id: str
    full_name: str | None
    email: str | None
    user_created_at: datetime
    discord_id: str | None = None
    patron_status: str | None = None
    last_charge_status: str | None = None
    last_charge_date: datetime | None = None
    next_charge_date: datetime | None = None
    pledge_relationship_start: datetime | None = None
    pledge_cadence: int | None = None
    entitled_cents: int = 0
    will_pay_cents: int = 0
    lifetime_cents: int = 0
    is_free_trial: bool = False
    is_gifted: bool = False
    tier_ids: tuple[str, ...] = ()
    pledged_tier_id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """A published post; `tier_ids` is empty when no tier gates it."""

    id: str
    campaign_id: str
    user_id: str
    title: str
    content: str
    published_at: datetime
    is_public: bool = True
    is_paid: bool = False
    tier_ids: tuple[str, ...] = ()
    embed_url: str | None = None
    image_number: int | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """The picture of a tier, reachable as `tier_image`."""

    id: str
    tier_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PledgeEvent:
    """One entry of a member's pledge history."""

    id: str
    member: Member
    type: str
    date: datetime
    tier: Tier
    currency: str
    amount_cents: int
    payment_status: str | None
