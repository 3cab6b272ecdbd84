"""What `/patreon campaigns` says."""

from collections.abc import Sequence

import discord

from cogs.embeds import LONGEST_DESCRIPTION, ago, masked_link
from cogs.lookups_pages import PAGE, ListPlace, position
from cogs.text import counted, escape, fit_lines
from core.guilds import Link
from core.listing import Totals
from core.lookups import CampaignView
from core.members import Status

_COLOUR = 0x5865F2
_LONGEST_NAME = 80
_LONGEST_URL = 150
_COUNTED = {
    Status.ACTIVE: "paid",
    Status.FREE: "free",
    Status.DECLINED: "declined",
    Status.FORMER: "former",
}


def campaigns_embed(campaigns: Sequence[CampaignView], place: ListPlace) -> discord.Embed:
    """Show a page of the campaigns that a guild follows; there is at least one."""
    shown = campaigns[place.offset : place.offset + PAGE]
    embed = discord.Embed(
        title="Campaigns",
        description=fit_lines([_block(view) for view in shown], LONGEST_DESCRIPTION),
        colour=_COLOUR,
    )
    if len(campaigns) > PAGE:
        embed.set_footer(text=position(place, len(campaigns)))
    return embed


def _block(view: CampaignView) -> str:
    if view.stored is None:
        name = f"**Campaign {escape(view.link.campaign_id, _LONGEST_NAME)}**"
        return f"{name}\nNot read yet: use `/patreon sync`.\n{_channels(view.link)}"
    campaign = view.stored.campaign
    name = f"**{masked_link(escape(campaign.name, _LONGEST_NAME), campaign.url, _LONGEST_URL)}**"
    synced = view.stored.synced_at
    read = f"last read {ago(synced)}" if synced else "never read completely: use `/patreon sync`"
    if view.stored.sync_error:
        read += " · ⚠️ the last attempt failed, see `/patreon status`"
    tiers = counted(view.tier_count, "tier")
    return f"{name}\n{_people(view.totals)} · {tiers}\n{read}\n{_channels(view.link)}"


def _people(totals: Totals) -> str:
    counts = [
        f"{totals.by_status[status]:,} {word}"
        for status, word in _COUNTED.items()
        if totals.by_status.get(status)
    ]
    everyone = f"**{totals.everyone:,}** {'member' if totals.everyone == 1 else 'members'}"
    return everyone + (f" ({', '.join(counts)})" if counts else "")


def _channels(link: Link) -> str:
    named = (
        ("feed", link.feed_channel_id),
        ("staff", link.staff_channel_id),
        ("posts", link.posts_channel_id),
    )
    shown = [f"{name} <#{channel_id}>" for name, channel_id in named if channel_id is not None]
    return "Shown here in: " + ", ".join(shown) if shown else "Shown in no channel here."
