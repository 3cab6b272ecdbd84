"""What `/patron me` says: page by page, what the bot knows about the person who asks."""

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from cogs.embeds import LONGEST_DESCRIPTION
from cogs.lookups_member_words import change_lines, money_lines, standing_lines
from cogs.patron_words import CALM, hidden_line, identified_line
from cogs.text import escape, fit_lines
from core.names import display_name
from core.patrons import About, Membership
from core.rights import EVERY_RIGHT
from core.roster import LONGEST_HISTORY, MemberView

_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One page: a membership, and from which of its changes on."""

    membership: Membership
    offset: int = 0


def leaves(about: About) -> list[Leaf]:
    """Give the pages: each membership with its history, `LONGEST_HISTORY` changes a page."""
    return [
        Leaf(membership=membership, offset=offset)
        for membership in about.memberships
        for offset in range(0, max(len(membership.history), 1), LONGEST_HISTORY)
    ]


def me_embed(about: About, page: int) -> discord.Embed:
    """Show a page of what is known about somebody, amounts included: it is for them alone."""
    pages = leaves(about)
    leaf = pages[page]
    lines = [
        identified_line(about),
        hidden_line(about.privacy),
        "",
        *_membership_lines(leaf.membership),
        "",
        "**What happened so far**",
        *_history_lines(leaf),
    ]
    embed = discord.Embed(
        title="What the bot knows about you",
        description=fit_lines(lines, LONGEST_DESCRIPTION),
        colour=CALM,
    )
    embed.set_footer(text=_position(page, pages))
    return embed


def _membership_lines(membership: Membership) -> list[str]:
    view = _view(membership)
    name = membership.member.name
    shown = "none is stored" if name is None else escape(display_name(name), _LONGEST_NAME)
    return [
        *standing_lines(view),
        f"Name: {shown}",
        *money_lines(view, EVERY_RIGHT),
        f"Announcements about you: {membership.announcements:,}",
    ]


def _history_lines(leaf: Leaf) -> Sequence[str]:
    history = leaf.membership.history[leaf.offset : leaf.offset + LONGEST_HISTORY]
    return change_lines(history, _view(leaf.membership).tiers) or ["Nothing since the first sync."]


def _view(membership: Membership) -> MemberView:
    campaign = membership.campaign
    return MemberView(
        member=membership.member,
        campaign_name=campaign.name,
        currency=campaign.currency,
        tiers={tier.id: tier for tier in membership.tiers},
        history=membership.history,
        change_count=len(membership.history),
    )


def _position(page: int, pages: Sequence[Leaf]) -> str:
    whole = "/patron export gives all of it as a file."
    where = f"Page {page + 1:,} of {len(pages):,} · " if len(pages) > 1 else ""
    return f"{where}Only you see this. {whole}"
