"""An invented change of an invented member, to show what words look like."""

from datetime import datetime, timedelta

from core.changes import Change, Entry, Kind
from core.feed import News
from core.members import Member, Status, Tier, Tiers

_MEMBERSHIP = timedelta(days=430)
_NEXT_CHARGE = timedelta(days=12)


def sample_of(kind: Kind, campaign_id: str, tiers: Tiers, *, at: datetime) -> tuple[News, Tiers]:
    """Invent news of a kind, with the tiers that it names: the campaign's own when it has two."""
    paid = sorted(
        (tier for tier in tiers.values() if tier.is_paid and tier.is_published),
        key=lambda tier: (tier.amount_cents, tier.id),
    )
    if len(paid) < 2:
        paid = [
            Tier(id="sample-1", campaign_id=campaign_id, title="Silver", amount_cents=500),
            Tier(id="sample-2", campaign_id=campaign_id, title="Gold", amount_cents=1_000),
        ]
    low, high = paid[0], paid[-1]
    before, after = _moved(kind, low.id, high.id)
    named = {tier.id: tier for tier in (low, high)}
    cents = max((named[tier_id].amount_cents for tier_id in after), default=0)
    member = Member(
        id="sample",
        campaign_id=campaign_id,
        status=_STATUSES.get(kind, Status.ACTIVE),
        name="Robin Sample",
        tier_ids=after,
        entitled_cents=cents,
        will_pay_cents=cents,
        next_charge_at=at + _NEXT_CHARGE,
        pledge_started_at=at - _MEMBERSHIP,
    )
    change = Change(
        kind=kind,
        member_id=member.id,
        campaign_id=campaign_id,
        entry=Entry.PAID if kind in (Kind.JOINED, Kind.RETURNED) else None,
        before=before,
        after=after,
    )
    return News(change_id=0, change=change, member=member), named


_STATUSES = {
    Kind.DECLINED: Status.DECLINED,
    Kind.CANCELLED: Status.FORMER,
    Kind.ENDED: Status.FORMER,
    Kind.DELETED: Status.GONE,
}


def _moved(kind: Kind, low: str, high: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return {
        Kind.JOINED: ((), (low,)),
        Kind.RETURNED: ((), (low,)),
        Kind.UPGRADED: ((low,), (high,)),
        Kind.DOWNGRADED: ((high,), (low,)),
        Kind.TIERS_ADDED: ((low,), (low, high)),
        Kind.TIERS_REMOVED: ((low, high), (low,)),
        Kind.ENDED: ((low,), ()),
        Kind.DELETED: ((low,), ()),
    }.get(kind, ((low,), (low,)))
