"""Memberships as the field shows them: paid, gifted, on trial, declined, ended.

Source: reference "Membership semantics".
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sandbox.patreon.clock import next_midnight
from sandbox.patreon.records import Charge, Kind, Member, PatronStatus, Tier


def with_history(blank: Member, tier: Tier, *, kind: Kind, now: datetime, noise: int) -> Member:
    """Give a free member a membership of `kind` in `tier` that began before `now`."""
    cadence = 12 if kind is Kind.ANNUAL else 1
    age = timedelta(days=noise % (330 if kind is Kind.ANNUAL else 27), seconds=noise >> 16 & 0xFFFF)
    charged = (now - age).replace(microsecond=0)
    cycles = noise >> 33 & 15
    started = charged - timedelta(days=30 * cadence * cycles)
    amount = price(tier, cadence)
    paying = replace(
        blank,
        patron_status=PatronStatus.ACTIVE,
        last_charge_status=Charge.PAID,
        last_charge_date=charged,
        next_charge_date=period_end(charged, cadence),
        pledge_relationship_start=started,
        pledge_cadence=cadence,
        entitled_cents=amount,
        will_pay_cents=amount,
        lifetime_cents=amount * (cycles + 1),
        tier_ids=(tier.id,),
        pledged_tier_id=tier.id,
    )
    match kind:
        case Kind.GIFT:
            return gifted(blank, tier, now=charged)
        case Kind.TRIAL:
            return in_trial(blank, tier, now=charged)
        case Kind.DECLINED:
            return replace(
                paying,
                patron_status=PatronStatus.DECLINED,
                last_charge_status=Charge.DECLINED,
                entitled_cents=0,
                tier_ids=(),
            )
        case Kind.FORMER:
            return replace(
                paying,
                patron_status=PatronStatus.FORMER,
                last_charge_status=Charge.DELETED if noise & 1 else Charge.DECLINED,
                entitled_cents=0,
                will_pay_cents=0,
                next_charge_date=None,
                tier_ids=(),
            )
        case Kind.CANCELLED:
            return replace(
                paying,
                patron_status=PatronStatus.FORMER,
                last_charge_status=Charge.DELETED,
                will_pay_cents=0,
            )
        case _:
            return paying


def gifted(blank: Member, tier: Tier, *, now: datetime) -> Member:
    """Give a free member a gift of `tier`: entitled, yet with an amount of 0.

    Source: reference "Membership semantics": gifted members have 0 entitled cents and no expiry.
    """
    return replace(
        blank,
        patron_status=PatronStatus.ACTIVE,
        pledge_relationship_start=now,
        is_gifted=True,
        tier_ids=(tier.id,),
    )


def in_trial(blank: Member, tier: Tier, *, now: datetime) -> Member:
    """Put a free member on a free trial of `tier`, still carrying the Free tier too.

    Source: zulip/zulip, `patreon/fixtures/members_update.json`.
    """
    free = tuple(known for known in blank.tier_ids if known != tier.id)
    return replace(
        blank,
        patron_status=PatronStatus.ACTIVE,
        pledge_relationship_start=now,
        entitled_cents=tier.amount_cents,
        is_free_trial=True,
        tier_ids=(tier.id, *free),
        pledged_tier_id=tier.id,
    )


def price(tier: Tier, cadence: int | None) -> int:
    """Price one charge in cents; a year costs ten months here (an assumption of this sandbox)."""
    return tier.amount_cents * (10 if cadence == 12 else 1)


def period_end(charged: datetime, cadence: int) -> datetime:
    """Find the midnight UTC at which the next charge after `charged` falls due."""
    days = 365 if cadence == 12 else 30 * cadence
    return next_midnight(charged.astimezone(UTC) + timedelta(days=days))
