"""What a member's new state means: `compare` turns two states into changes."""

from dataclasses import dataclass, replace
from enum import StrEnum

from core.members import Member, Status, Tiers, top_tier


class Kind(StrEnum):
    """What happened to a membership."""

    JOINED = "joined"
    RETURNED = "returned"
    UPGRADED = "upgraded"
    DOWNGRADED = "downgraded"
    TIERS_ADDED = "tiers_added"
    TIERS_REMOVED = "tiers_removed"
    DECLINED = "declined"
    RECOVERED = "recovered"
    CANCELLED = "cancelled"
    ENDED = "ended"
    DELETED = "deleted"


class Entry(StrEnum):
    """How somebody belongs: the four ways in."""

    FREE = "free"
    PAID = "paid"
    GIFT = "gift"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that happened to one member.

    `entry` is set for `JOINED` and `RETURNED`. `before` and `after` are the entitled tiers.
    """

    kind: Kind
    member_id: str
    campaign_id: str
    entry: Entry | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def as_gone(known: Member) -> Member:
    """Say that `known` is no longer in the campaign."""
    return replace(known, status=Status.GONE, tier_ids=(), entitled_cents=0, will_pay_cents=0)


def settle(known: Member | None, now: Member) -> Member:
    """Fill a hole in `now`'s tiers from `known`: what should be stored and compared.

    Patreon sometimes lists no tier for a member whose payment is good (after joining, on billing
    days). Taking that at its word would announce an end and a return that never happened.

    Source: zulip's captured webhooks; jwz.org 2022-06-13.
    """
    if known is not None and _has_hole(now) and known.tier_ids and _is_in_good_standing(known):
        return replace(now, tier_ids=known.tier_ids)
    return now


def compare(known: Member | None, now: Member, tiers: Tiers) -> tuple[Change, ...]:
    """Tell what happened between two states of one member, oldest news first.

    Entitlement is the tier list, never an amount alone. At most two changes come back: one of
    the membership and, where that one does not imply it, one of the tiers. Equal states give
    nothing; comparing with `settle(known, now)` or with `now` gives the same.

    `known` is None for a member never seen before; `tiers` needs every tier that either state
    names (an unknown tier counts as paid, because only the free one costs nothing).
    """
    now = settle(known, now)
    membership = _membership_change(known, now, tiers)
    if known is None or membership in _IMPLIES_TIERS:
        kinds = [membership]
    else:
        kinds = [membership, _tier_change(known, now, tiers)]
    return tuple(
        Change(
            kind=kind,
            member_id=now.id,
            campaign_id=now.campaign_id,
            entry=_entry(now, tiers) if kind in (Kind.JOINED, Kind.RETURNED) else None,
            before=known.tier_ids if known else (),
            after=now.tier_ids,
        )
        for kind in kinds
        if kind is not None
    )


_IMPLIES_TIERS = (Kind.JOINED, Kind.RETURNED, Kind.ENDED, Kind.DELETED)


def _membership_change(known: Member | None, now: Member, tiers: Tiers) -> Kind | None:
    if known is None:
        return _first_sight(now, tiers)
    if now.status is Status.GONE:
        return None if known.status is Status.GONE else Kind.DELETED
    if known.status is Status.GONE and now.status is Status.DECLINED:
        return Kind.DECLINED
    if known.status is Status.GONE:
        return Kind.RETURNED if _belongs(now, tiers) else None
    return _standing_change(known, now, tiers)


def _first_sight(now: Member, tiers: Tiers) -> Kind | None:
    if now.status is Status.DECLINED:
        return Kind.DECLINED
    return Kind.JOINED if _belongs(now, tiers) else None


def _standing_change(known: Member, now: Member, tiers: Tiers) -> Kind | None:  # noqa: PLR0911
    had, has = _is_patron(known, tiers), _is_patron(now, tiers)
    if now.status is Status.DECLINED:
        return None if known.status is Status.DECLINED else Kind.DECLINED
    if known.status is Status.DECLINED and now.status is Status.ACTIVE:
        return Kind.RECOVERED
    if had and not has:
        return Kind.ENDED
    if known.status is Status.DECLINED and not has:
        return Kind.ENDED
    if known.status is Status.DECLINED and now.status is Status.FORMER:
        return Kind.CANCELLED
    if has and not had:
        return Kind.RETURNED if known.status is Status.FORMER else Kind.JOINED
    if has and is_cancelled(now) and not is_cancelled(known) and not known.is_trial:
        return Kind.CANCELLED
    if has and is_cancelled(known) and not is_cancelled(now):
        return Kind.RETURNED
    if has and known.is_trial and _entry(now, tiers) is Entry.PAID:
        return Kind.JOINED
    if has and known.is_gift and not known.will_pay_cents and _entry(now, tiers) is Entry.PAID:
        return Kind.JOINED
    return None


def _tier_change(known: Member, now: Member, tiers: Tiers) -> Kind | None:
    before, after = set(known.tier_ids), set(now.tier_ids)
    # An empty list beside a live membership is a hole, not news, on either side.
    if before == after or not (before and after):
        return None
    old, new = top_tier(known.tier_ids, tiers), top_tier(now.tier_ids, tiers)
    old_cents, new_cents = (tier.amount_cents if tier else 0 for tier in (old, new))
    if old_cents != new_cents:
        return Kind.UPGRADED if new_cents > old_cents else Kind.DOWNGRADED
    return Kind.TIERS_REMOVED if after < before else Kind.TIERS_ADDED


def is_cancelled(member: Member) -> bool:
    """Tell whether the member keeps what is paid for and will not pay again.

    Source: docs.patreon.com, "Member": will_pay_amount_cents is 0 while cancelled or in a trial.
    """
    if member.status is Status.FORMER:
        return True
    return (
        member.status is Status.ACTIVE
        and member.will_pay_cents == 0
        and member.entitled_cents > 0
        and not member.is_trial
        and not member.is_gift
    )


def _entry(member: Member, tiers: Tiers) -> Entry:
    if not _is_patron(member, tiers):
        return Entry.FREE
    if member.is_gift:
        return Entry.GIFT
    return Entry.TRIAL if member.is_trial else Entry.PAID


def _belongs(member: Member, tiers: Tiers) -> bool:
    return member.status is not Status.FORMER or _is_patron(member, tiers)


def _is_patron(member: Member, tiers: Tiers) -> bool:
    """Entitled to something that is not free, or in good standing with a hole in the list."""
    has_paid_tier = any(t not in tiers or tiers[t].is_paid for t in member.tier_ids)
    return has_paid_tier or _has_hole(member)


def _has_hole(member: Member) -> bool:
    # A gift is entitled to 0 cents, so its own mark stands in for the amount.
    is_served = member.entitled_cents > 0 or member.is_gift
    return not member.tier_ids and is_served and _is_in_good_standing(member)


def _is_in_good_standing(member: Member) -> bool:
    return member.status in (Status.ACTIVE, Status.DECLINED)
