"""What each event of a member's life does to the member's record. No I/O, no clock.

Values follow the reference, "Membership semantics"; payloads under "Webhooks" show the results.
"""

from dataclasses import replace
from datetime import datetime

from sandbox.patreon.histories import gifted, in_trial, period_end, price
from sandbox.patreon.records import Charge, Member, PatronStatus, Tier

__all__ = [
    "came_back",
    "cancelled",
    "declined",
    "downgraded",
    "ended",
    "gifted",
    "in_trial",
    "pledged",
    "recovered",
    "refunded",
    "renewed",
    "upgraded",
    "with_extra_tier",
]


def pledged(member: Member, tier: Tier, *, now: datetime, cadence: int = 1) -> Member:
    """Start a paid membership with a successful first charge."""
    amount = price(tier, cadence)
    return replace(
        member,
        patron_status=PatronStatus.ACTIVE,
        last_charge_status=Charge.PAID,
        last_charge_date=now,
        next_charge_date=period_end(now, cadence),
        pledge_relationship_start=now,
        pledge_cadence=cadence,
        entitled_cents=amount,
        will_pay_cents=amount,
        lifetime_cents=member.lifetime_cents + amount,
        is_free_trial=False,
        is_gifted=False,
        tier_ids=(tier.id,),
        pledged_tier_id=tier.id,
    )


def came_back(member: Member, tier: Tier, *, now: datetime) -> Member:
    """Start a new pledge of somebody who paid before; the chain of pledges begins anew."""
    return pledged(member, tier, now=now, cadence=member.pledge_cadence or 1)


def upgraded(member: Member, tier: Tier, *, now: datetime) -> Member:
    """Move to a dearer tier, charged at once."""
    amount = price(tier, member.pledge_cadence)
    return replace(
        member,
        patron_status=PatronStatus.ACTIVE,
        last_charge_status=Charge.PAID,
        last_charge_date=now,
        next_charge_date=period_end(now, member.pledge_cadence or 1),
        entitled_cents=amount,
        will_pay_cents=amount,
        lifetime_cents=member.lifetime_cents + max(0, amount - member.entitled_cents),
        tier_ids=(tier.id,),
        pledged_tier_id=tier.id,
    )


def downgraded(member: Member, tier: Tier, *, at_period_end: bool) -> Member:
    """Move to a cheaper tier, now or when the paid period ends (`renewed` completes that).

    An annual downgrade has no next charge date. Source: docs.patreon.com, "Member".
    """
    amount = price(tier, member.pledge_cadence)
    pending = replace(
        member,
        will_pay_cents=amount,
        pledged_tier_id=tier.id,
        next_charge_date=None if member.pledge_cadence == 12 else member.next_charge_date,
    )
    return (
        pending if at_period_end else replace(pending, entitled_cents=amount, tier_ids=(tier.id,))
    )


def with_extra_tier(member: Member, tier: Tier) -> Member:
    """Entitle a member to one more tier beside those they have."""
    kept = tuple(known for known in member.tier_ids if known != tier.id)
    return replace(member, tier_ids=(*kept, tier.id))


def renewed(member: Member, tier: Tier, *, now: datetime) -> Member:
    """Charge the next period successfully; a pending downgrade takes effect."""
    amount = price(tier, member.pledge_cadence)
    return replace(
        member,
        patron_status=PatronStatus.ACTIVE,
        last_charge_status=Charge.PAID,
        last_charge_date=now,
        next_charge_date=period_end(now, member.pledge_cadence or 1),
        entitled_cents=amount,
        will_pay_cents=amount,
        lifetime_cents=member.lifetime_cents + amount,
        tier_ids=(tier.id,),
        pledged_tier_id=tier.id,
    )


def declined(member: Member, *, now: datetime) -> Member:
    """Let a charge fail: no entitlement, but the pledge stands and will be tried again."""
    return replace(
        member,
        patron_status=PatronStatus.DECLINED,
        last_charge_status=Charge.DECLINED,
        last_charge_date=now,
        entitled_cents=0,
        tier_ids=(),
    )


def recovered(member: Member, tier: Tier, *, now: datetime) -> Member:
    """Let the repeated charge of a declined member succeed."""
    return renewed(member, tier, now=now)


def cancelled(member: Member, *, at_once: bool) -> Member:
    """Cancel a pledge; unless `at_once`, the paid tiers stay until the next charge date.

    The next charge date stays set and marks the end of the paid period.
    Source: zulip/zulip, `patreon/fixtures/members_pledge_delete.json`.
    """
    left = replace(
        member,
        patron_status=PatronStatus.FORMER,
        last_charge_status=Charge.DELETED,
        will_pay_cents=0,
        is_free_trial=False,
    )
    return replace(left, entitled_cents=0, tier_ids=()) if at_once else left


def ended(member: Member) -> Member:
    """Let the paid period, trial or gift of a member run out."""
    return replace(
        member,
        patron_status=PatronStatus.FORMER,
        entitled_cents=0,
        will_pay_cents=0,
        next_charge_date=None,
        is_free_trial=False,
        is_gifted=False,
        tier_ids=(),
    )


def refunded(member: Member) -> Member:
    """Give the last payment back and end the membership."""
    return replace(ended(member), last_charge_status=Charge.REFUNDED)
