"""What `/patreon tiers` and `/patreon tier-name` say."""

from collections.abc import Sequence

import discord

from cogs.embeds import LONGEST_DESCRIPTION
from cogs.lookups_pages import PAGE, ListPlace, position
from cogs.text import counted, escape, fit_lines
from core.lookups import TierView
from core.members import Tier
from core.money import format_money

_COLOUR = 0x5865F2
_LONGEST_TITLE = 60
_LONGEST_PRICE = 40
_LONGEST_BENEFITS = 150
_ADVICE = "A name for this server: /patreon tier-name"


def tiers_embed(tiers: Sequence[TierView], place: ListPlace) -> discord.Embed:
    """Show a page of a guild's tiers, under their campaigns' names when there are several."""
    shown = tiers[place.offset : place.offset + PAGE]
    has_several = len({view.tier.campaign_id for view in tiers}) > 1
    lines: list[str] = []
    heading = None
    for view in shown:
        if has_several and view.tier.campaign_id != heading:
            heading = view.tier.campaign_id
            lines.append(f"__{escape(view.campaign_name, _LONGEST_TITLE)}__")
        lines.append(_block(view))
    embed = discord.Embed(
        title="Tiers",
        description=fit_lines(lines, LONGEST_DESCRIPTION)
        or "No tier is known yet. `/patreon sync` reads them from Patreon.",
        colour=_COLOUR,
    )
    if len(tiers) > PAGE:
        embed.set_footer(text=f"{position(place, len(tiers))} · {_ADVICE}")
    elif tiers:
        embed.set_footer(text=_ADVICE)
    return embed


def renamed_sentence(tier: Tier, name: str | None) -> str:
    """Say what a tier is called from now on, and where."""
    original = escape(tier.title, 200) or escape(tier.id)
    if name is None:
        return f"The tier is called “{original}” in this server, as on Patreon."
    return (
        f"This server calls the tier “{original}” now “{escape(name)}”: in lists and in whatever "
        "is announced from now on. On Patreon its name stays: Patreon lets no program change a "
        "tier. Leave the name out to undo this."
    )


def _block(view: TierView) -> str:
    tier = view.tier
    title = f"**{escape(view.title, _LONGEST_TITLE) or escape(tier.id, _LONGEST_TITLE)}**"
    if view.name is not None:
        title += f" (on Patreon: {escape(tier.title, _LONGEST_TITLE)})"
    price = escape(format_money(tier.amount_cents, view.currency), _LONGEST_PRICE)
    facts = [_patrons(view)]
    if view.is_unused:
        facts.append("💤 unused")
    if not tier.is_published:
        facts.append("🙈 not published")
    lines = [f"{title} · {price if tier.is_paid else 'free'}", " · ".join(facts)]
    if tier.benefits:
        lines.append(f"🎁 {escape(', '.join(tier.benefits), _LONGEST_BENEFITS)}")
    return "\n".join(lines)


def _patrons(view: TierView) -> str:
    limit = view.tier.patron_limit
    if view.patrons is None:
        return "patrons not read yet" + ("" if limit is None else f", at most {limit:,}")
    if limit is None:
        return counted(view.patrons, "member")
    full = " (full)" if view.patrons >= limit else ""
    return f"{view.patrons:,} of {limit:,} members{full}"
