"""What `/patreon members` says."""

from collections.abc import Mapping, Sequence, Set

import discord

from cogs.embeds import LONGEST_DESCRIPTION, day
from cogs.member_pages import PAGE, ListState
from cogs.text import escape, fit_lines, plain, units
from core.listing import Sort, Totals
from core.members import Member, Status, Tier
from core.money import format_money
from core.names import display_name
from core.rights import Right
from core.roster import RosterPage, may_see_amounts

_COLOUR = 0x5865F2
_LONGEST_NAME = 90
_LONGEST_TIERS = 60
_LONGEST_FILTER = 120
_LONGEST_AMOUNT = 30
_MOST_TIERS_COUNTED = 6

STATUS_WORDS = {
    Status.ACTIVE: ("🟢", "active patron"),
    Status.FREE: ("🔵", "free member"),
    Status.DECLINED: ("🟠", "payment declined"),
    Status.FORMER: ("⚪", "former patron"),
    Status.GONE: ("⚫", "left"),
    Status.UNKNOWN: ("❔", "unknown status"),
}
"""Every status as people say it, with its sign; also the order in which they are counted."""

SORT_WORDS = {
    Sort.NAME: "by name",
    Sort.NEWEST: "newest first",
    Sort.SUPPORT: "most support first",
}


def members_embed(
    answer: RosterPage, state: ListState, rights: Set[Right] = frozenset()
) -> discord.Embed:
    """Show a page of members with the totals on top; amounts only as far as `rights` allow."""
    page = answer.page
    lines = [totals_line(page.totals), *_tier_totals(page.totals, answer.tiers), ""]
    if page.members:
        lines += [
            member_line(member, answer.tiers, amount=_amount(member, answer, rights))
            for member in page.members
        ]
    else:
        lines += _nobody(page.totals, state)
    embed = discord.Embed(
        title="Members", description=fit_lines(lines, LONGEST_DESCRIPTION), colour=_COLOUR
    )
    shown = _filters(state, answer.tiers)
    if shown:
        embed.add_field(name="Filter", value=" · ".join(shown), inline=False)
    if page.members:
        embed.set_footer(text=_position(answer, state))
    return embed


def member_line(member: Member, tiers: Mapping[str, Tier], *, amount: str = "") -> str:
    """Word one member in one line of at most 230 UTF-16 units; `amount` is escaped already."""
    sign, words = STATUS_WORDS[member.status]
    longest = _LONGEST_NAME - (units(amount) + 3 if amount else 0)
    parts = [f"{sign} **{escape(display_name(member.name), longest)}**"]
    if titles := tier_titles(member.tier_ids, tiers):
        parts.append(escape(titles, _LONGEST_TIERS))
    if amount:
        parts.append(amount)
    since = f" since {day(member.pledge_started_at)}" if member.pledge_started_at else ""
    parts.append(words + since)
    if member.is_gift:
        parts.append("🎁 gift")
    if member.is_trial:
        parts.append("⏳ trial")
    return " · ".join(parts)


def tier_titles(tier_ids: Sequence[str], tiers: Mapping[str, Tier]) -> str:
    """Name tiers, the most expensive first; free ones only when there is no other. Not escaped."""
    known = [tiers[tier_id] for tier_id in tier_ids if tier_id in tiers]
    paid = [tier for tier in known if tier.is_paid] or known
    return ", ".join(plain(tier.title) for tier in sorted(paid, key=lambda t: -t.amount_cents))


def totals_line(totals: Totals) -> str:
    """Count members by status."""
    counts = [
        f"{sign} {totals.by_status[status]:,} {words}"
        for status, (sign, words) in STATUS_WORDS.items()
        if totals.by_status.get(status) and status is not Status.GONE
    ]
    members = "member" if totals.everyone == 1 else "members"
    return " · ".join([f"**{totals.everyone:,}** {members}", *counts])


def _amount(member: Member, answer: RosterPage, rights: Set[Right]) -> str:
    if not member.entitled_cents or not may_see_amounts(member, rights):
        return ""
    currency = answer.currencies.get(member.campaign_id, "USD")
    return escape(format_money(member.entitled_cents, currency), _LONGEST_AMOUNT)


def _tier_totals(totals: Totals, tiers: Mapping[str, Tier]) -> list[str]:
    counted = sorted(
        (tier for tier in tiers.values() if totals.by_tier.get(tier.id)),
        key=lambda tier: (-tier.amount_cents, tier.id),
    )
    shown = [f"{escape(t.title, 30)} {totals.by_tier[t.id]:,}" for t in counted]
    if len(shown) > _MOST_TIERS_COUNTED:
        shown = [*shown[:_MOST_TIERS_COUNTED], "…"]
    return [" · ".join(shown)] if shown else []


def _nobody(totals: Totals, state: ListState) -> list[str]:
    if not any(totals.by_status.values()):
        return ["Nobody is known yet. `/patreon sync` reads the members from Patreon."]
    cures = []
    if state.text:
        cures.append("search for a shorter text, or none")
    if state.tier_id:
        cures.append("leave out the tier")
    if state.status:
        cures.append("leave out the status")
    if not cures:
        return ["Everybody has left. With `status: left` you see who was here."]
    return [f"Nobody matches. To find more, {', '.join(cures)}."]


def _filters(state: ListState, tiers: Mapping[str, Tier]) -> list[str]:
    shown = []
    if state.status:
        shown.append(STATUS_WORDS[state.status][1])
    if state.tier_id:
        tier = tiers.get(state.tier_id)
        shown.append(f"tier {escape(tier.title, _LONGEST_FILTER) if tier else 'unknown'}")
    if state.text:
        shown.append(f"name contains “{escape(state.text, _LONGEST_FILTER)}”")
    return shown


def _position(answer: RosterPage, state: ListState) -> str:
    first = answer.query.offset + 1
    last = answer.query.offset + len(answer.page.members)
    pages = max(answer.page.matching - 1, 0) // PAGE + 1
    here = answer.query.offset // PAGE + 1
    return (
        f"{first:,}\N{EN DASH}{last:,} of {answer.page.matching:,} · page {here:,} of {pages:,} · "
        f"{SORT_WORDS[state.sort]}"
    )
