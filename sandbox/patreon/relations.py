"""Which resources belong to which, and how to find them in the world.

Source: reference "Endpoints" and "Fields".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sandbox.patreon.records import Benefit, Campaign, Media, Member, Person, PledgeEvent, Tier
from sandbox.patreon.tokens import Client


class Lookup(Protocol):
    """What relations need to know of the world."""

    def campaign(self, campaign_id: str) -> Campaign:
        """Read a campaign."""

    def tier(self, campaign_id: str, tier_id: str) -> Tier:
        """Read a tier."""

    def tiers(self, campaign_id: str) -> list[Tier]:
        """Read the tiers of a campaign."""

    def person(self, user_id: str) -> Person | None:
        """Read an account."""

    def person_of(self, member: Member) -> Person:
        """Read the account behind a member."""

    def campaign_of(self, user_id: str) -> Campaign | None:
        """Read the campaign that an account runs."""

    def client_by(self, client_id: str | None) -> Client | None:
        """Read a registered application."""

    def memberships_of(self, user_id: str) -> list[Member]:
        """Read the memberships of an account."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A named relationship: the kind at its end, whether it is a list, and how to follow it."""

    kind: str
    follow: Callable[[Any, Lookup], Any]
    is_list: bool = False


def _none(_record: object, _world: Lookup) -> None:
    return None


def _empty(_record: object, _world: Lookup) -> list[object]:
    return []


def _entitled(member: Member, world: Lookup) -> list[Tier]:
    return [world.tier(member.campaign_id, tier_id) for tier_id in member.tier_ids]


def _benefits(campaign: Campaign, world: Lookup) -> list[Benefit]:
    found = {one.id: one for tier in world.tiers(campaign.id) for one in tier.benefits}
    return list(found.values())


def _with_benefit(benefit: Benefit, world: Lookup) -> list[Tier]:
    every = world.tiers(benefit.campaign_id)
    return [tier for tier in every if benefit.id in {one.id for one in tier.benefits}]


def _tier_image(tier: Tier, _world: Lookup) -> Media | None:
    if not tier.has_image:
        return None
    return Media(id=f"9{tier.id}", tier_id=tier.id, created_at=tier.created_at)


def pledge_history(member: Member, world: Lookup) -> list[PledgeEvent]:
    """Tell a member's pledges as far as their record knows them: the start and each charge."""
    if member.pledge_relationship_start is None or member.pledged_tier_id is None:
        return []
    tier = world.tier(member.campaign_id, member.pledged_tier_id)
    currency = world.campaign(member.campaign_id).currency
    step = timedelta(days=30 * (member.pledge_cadence or 1))
    start = PledgeEvent(
        id=f"pledge_start:{member.index}",
        member=member,
        type="pledge_start",
        date=member.pledge_relationship_start,
        tier=tier,
        currency=currency,
        amount_cents=member.will_pay_cents,
        payment_status=None,
    )
    if member.last_charge_date is None:
        return [start]
    charges = min(12, (member.last_charge_date - member.pledge_relationship_start) // step + 1)
    return [start] + [
        PledgeEvent(
            id=f"subscription:{member.index}{number:02d}",
            member=member,
            type="subscription",
            date=member.last_charge_date - step * (charges - 1 - number),
            tier=tier,
            currency=currency,
            amount_cents=member.will_pay_cents,
            payment_status=member.last_charge_status if number == charges - 1 else "Paid",
        )
        for number in range(charges)
    ]


RELATIONS: Mapping[str, Mapping[str, Relation]] = {
    "user": {
        "campaign": Relation("campaign", lambda p, w: w.campaign_of(p.id)),
        "memberships": Relation("member", lambda p, w: w.memberships_of(p.id), is_list=True),
    },
    "campaign": {
        "benefits": Relation("benefit", _benefits, is_list=True),
        "creator": Relation("user", lambda c, w: w.person(c.creator_id)),
        "goals": Relation("goal", _empty, is_list=True),
        "live_access_rules": Relation("live-access-rule", _empty, is_list=True),
        "tiers": Relation("tier", lambda c, w: w.tiers(c.id), is_list=True),
    },
    "tier": {
        "benefits": Relation("benefit", lambda t, _w: t.benefits, is_list=True),
        "campaign": Relation("campaign", lambda t, w: w.campaign(t.campaign_id)),
        "tier_image": Relation("media", _tier_image),
    },
    "benefit": {
        "campaign": Relation("campaign", lambda b, w: w.campaign(b.campaign_id)),
        "deliverables": Relation("deliverable", _empty, is_list=True),
        "tiers": Relation("tier", _with_benefit, is_list=True),
    },
    "member": {
        "address": Relation("address", _none),
        "campaign": Relation("campaign", lambda m, w: w.campaign(m.campaign_id)),
        "currently_entitled_tiers": Relation("tier", _entitled, is_list=True),
        "pledge_history": Relation("pledge-event", pledge_history, is_list=True),
        "user": Relation("user", lambda m, w: w.person_of(m)),
    },
    "post": {
        "campaign": Relation("campaign", lambda p, w: w.campaign(p.campaign_id)),
        "user": Relation("user", lambda p, w: w.person(p.user_id)),
    },
    "pledge-event": {
        "campaign": Relation("campaign", lambda e, w: w.campaign(e.member.campaign_id)),
        "patron": Relation("user", lambda e, w: w.person_of(e.member)),
        "tier": Relation("tier", lambda e, _w: e.tier),
    },
    "webhook": {
        "campaign": Relation("campaign", lambda h, w: w.campaign(h.campaign_id)),
        "client": Relation("client", lambda h, w: w.client_by(h.client_id)),
    },
}
