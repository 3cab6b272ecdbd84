"""What `/patreon member` says."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from urllib.parse import quote

import discord

from cogs.embeds import LONGEST_DESCRIPTION, LONGEST_TITLE, ago, day
from cogs.member_words import STATUS_WORDS, tier_titles
from cogs.text import cut, escape, fit_lines, plain, units
from core.changes import Change, Entry, Kind, is_cancelled
from core.members import Member, Status, Tier
from core.money import format_money
from core.names import display_name
from core.rights import Right
from core.roster import Found, MemberView, may_see_amounts

_COLOUR = 0x5865F2
_LONGEST_TIERS = 200
_LONGEST_NAME = 80
_LONGEST_CHOICE = 100
_PROFILE = "https://www.patreon.com/user?u="
"""Source: docs.patreon.com, "User": the `url` of a user without a vanity name."""

_CADENCES = {1: "every month", 12: "every year"}
_CHANGES = {
    Kind.JOINED: "joined",
    Kind.RETURNED: "came back",
    Kind.UPGRADED: "upgraded",
    Kind.DOWNGRADED: "changed to a lower tier",
    Kind.TIERS_ADDED: "added a tier",
    Kind.TIERS_REMOVED: "left a tier",
    Kind.DECLINED: "payment declined",
    Kind.RECOVERED: "payment went through",
    Kind.CANCELLED: "cancelled",
    Kind.ENDED: "membership ended",
    Kind.DELETED: "left",
}
_ENTRIES = {
    Entry.FREE: "as a free member",
    Entry.PAID: "as a patron",
    Entry.GIFT: "with a gift",
    Entry.TRIAL: "with a free trial",
}


def member_embed(view: MemberView, rights: Set[Right]) -> discord.Embed:
    """Show a member; amounts only to whose rights allow it."""
    member = view.member
    lines = [
        *standing_lines(view),
        _discord_line(member),
        *money_lines(view, rights),
        "",
        "**What happened so far**",
        *_history(view),
    ]
    name = display_name(member.name)
    return discord.Embed(
        title=escape(name, LONGEST_TITLE),
        url=_PROFILE + quote(member.user_id, safe="") if member.user_id else None,
        description=fit_lines(lines, LONGEST_DESCRIPTION),
        colour=_COLOUR,
    )


def suggestion(member: Member, found: Found) -> str:
    """Word a member to pick, so that two of one name can be told apart. Not escaped."""
    words = [STATUS_WORDS[member.status][1]]
    if titles := tier_titles(member.tier_ids, found.tiers):
        words.insert(0, cut(titles, 30))
    if campaign_name := found.campaign_names.get(member.campaign_id):
        words.append(cut(plain(campaign_name), 20))
    tail = " · " + " · ".join(words)
    return cut(display_name(member.name), _LONGEST_CHOICE - units(tail)) + tail


def change_line(change: Change, at: datetime, tiers: Mapping[str, Tier]) -> str:
    """Word a change in one line of at most 180 UTF-16 units."""
    words = _CHANGES[change.kind]
    if change.entry is not None:
        words += f" {_ENTRIES[change.entry]}"
    before, after = (escape(tier_titles(ids, tiers), 60) for ids in (change.before, change.after))
    if before and after and before != after:
        words += f": {before} → {after}"
    elif after or before:
        words += f": {after or before}"
    return f"<t:{int(at.timestamp())}:f> · {words}"


def change_lines(
    history: Sequence[tuple[Change, datetime]], tiers: Mapping[str, Tier]
) -> list[str]:
    """Word changes line by line."""
    return [change_line(change, at, tiers) for change, at in history]


def standing_lines(view: MemberView) -> list[str]:
    """Say where a membership stands: status, tiers, since when."""
    member = view.member
    sign, status = STATUS_WORDS[member.status]
    if member.status is Status.ACTIVE and is_cancelled(member):
        status += ", cancelled"
    marks = ["🎁 gift"] * member.is_gift + ["⏳ trial"] * member.is_trial
    titles = escape(tier_titles(member.tier_ids, view.tiers), _LONGEST_TIERS)
    lines = [
        " · ".join([f"{sign} {status} of {escape(view.campaign_name, _LONGEST_NAME)}", *marks]),
        f"Tier: {titles or 'none'}",
    ]
    if member.pledge_started_at is not None:
        started = member.pledge_started_at
        lines.append(f"Since: {day(started)} ({ago(started)})")
    return lines


def money_lines(view: MemberView, rights: Set[Right]) -> list[str]:
    """Say what is paid and when; amounts only to whose `rights` allow it."""
    member = view.member
    cadence = _cadence(member)
    lines = []
    if may_see_amounts(member, rights):
        pledge = _amount(member.entitled_cents, view.currency)
        lines.append(f"Pledge: {pledge}" + (f" {cadence}" if cadence else ""))
        lines.append(f"Paid so far: {_amount(member.lifetime_cents, view.currency)}")
    else:
        if cadence:
            lines.append(f"Pays: {cadence}")
        lines.append(f"Amounts: {_why_hidden(rights)}")
    if member.last_charge_at is not None or member.last_charge_status:
        lines.append(f"Last charge: {_last_charge(member)}")
    if member.next_charge_at is not None:
        lines.append(f"{_next_words(member)}: {day(member.next_charge_at)}")
    return lines


def _discord_line(member: Member) -> str:
    linked = member.discord_id is not None
    return f"Discord: <@{member.discord_id}>" if linked else "Discord: not linked"


def _amount(cents: int, currency: str) -> str:
    return escape(format_money(cents, currency), 40)


def _why_hidden(rights: Set[Right]) -> str:
    if Right.SEE_AMOUNTS in rights:
        return "kept private by the member on Patreon"
    return "hidden (they need the right “see amounts”)"


def _cadence(member: Member) -> str:
    months = member.cadence_months
    if months is None or months < 1:
        return ""
    return _CADENCES.get(months, f"every {months:,} months")


def _last_charge(member: Member) -> str:
    words = escape((member.last_charge_status or "unknown").replace("_", " "), 40)
    return words + (f" on {day(member.last_charge_at)}" if member.last_charge_at else "")


def _next_words(member: Member) -> str:
    if is_cancelled(member):
        return "Access until"
    return "Next charge"


def _history(view: MemberView) -> list[str]:
    if not view.history:
        return ["Nothing since the first sync."]
    lines = change_lines(view.history, view.tiers)
    if more := view.change_count - len(lines):
        lines.append(f"… and {more:,} more before")
    return lines
