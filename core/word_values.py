"""What stands in the place of the variables of an announcement's words."""

from collections.abc import Mapping
from datetime import datetime

from core.changes import Change, Entry
from core.members import Campaign, Member
from core.names import display_name, visible
from core.privacy import Privacy

SOMEONE = "A patron"
"""Stands for somebody who hides their name."""

_LONGEST = 120
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MEMBERSHIPS = {
    Entry.FREE: "free member",
    Entry.PAID: "patron",
    Entry.GIFT: "gift member",
    Entry.TRIAL: "trial member",
}


def values_of(
    change: Change,
    member: Member,
    campaign: Campaign,
    *,
    at: datetime,
    tier: str,
    tier_before: str,
    amount: str | None,
    privacy: Privacy,
) -> Mapping[str, str]:
    """Give every variable's value: plain text, one line, at most 120 characters, never empty.

    `tier` and `tier_before` are titles, empty for none; `amount` is written out, None when it
    must not be named. What is not known or hidden is said vaguely: "a tier", "a while ago".
    """
    name = shown_name(member, privacy)
    began = member.pledge_started_at
    if privacy.hides_tier:
        tier = tier_before = ""
        amount = None
    return {
        "name": name,
        "first_name": name if name == SOMEONE else name.split()[0],
        "membership": _membership(change, privacy),
        "tier": _bounded(tier or tier_before) or "a tier",
        "tier_before": _bounded(tier_before) or "a tier",
        "campaign": _bounded(campaign.name) or "the campaign",
        "amount": amount or "an amount",
        "since": _day(began) if began else "a while ago",
        "months": str(_months(began, at)) if began else "some",
        "until": _day(member.next_charge_at) if member.next_charge_at else "the last paid day",
        "count": "many" if campaign.patron_count is None else f"{campaign.patron_count:,}",
    }


def shown_name(member: Member, privacy: Privacy) -> str:
    """Give a member's name, or the word for somebody who hides it."""
    return SOMEONE if privacy.hides_name else display_name(member.name)


def _membership(change: Change, privacy: Privacy) -> str:
    if change.entry is None or privacy.hides_tier:
        return "member"
    return _MEMBERSHIPS[change.entry]


def _bounded(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1].rstrip() + "…"


def _day(moment: datetime) -> str:
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def _months(since: datetime, at: datetime) -> int:
    whole = (at.year - since.year) * 12 + at.month - since.month
    if (at.day, at.timetz()) < (since.day, since.timetz()):
        whole -= 1
    return max(whole, 0)
