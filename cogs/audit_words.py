"""What `/patreon audit` says."""

from datetime import datetime

import discord

from cogs.audit_lists import AuditList
from cogs.embeds import LONGEST_DESCRIPTION
from cogs.text import escape, fit_lines
from core.audit import AuditEntry, AuditPage
from core.audit_trail import Export

_BLUE = 0x5865F2
_LONGEST_DETAIL = 300


def audit_embed(page: AuditPage, listed: AuditList) -> discord.Embed:
    """Show a page of entries: when, who, what."""
    embed = discord.Embed(title="Who did what", colour=_BLUE)
    embed.description = (
        fit_lines([_line(entry) for entry in page.entries], LONGEST_DESCRIPTION)
        if page.entries
        else _nothing(listed)
    )
    filters = _filters(listed)
    if filters:
        embed.add_field(name="Filter", value=" · ".join(filters), inline=False)
    if page.has_older:
        embed.set_footer(text="Newest first; there are older ones")
    return embed


def export_sentence(export: Export) -> str:
    """Say what the file holds."""
    count = export.count
    if not count:
        return "There is nothing to export: no such entry."
    if export.is_cut:
        return (
            f"The newest {_entries(count)}: more do not fit into a file here. "
            "The bot's admin exports all of them with `python -m bot audit --csv`."
        )
    return f"{_entries(count)}, newest first. Keep the file to yourself."


def file_name(now: datetime) -> str:
    """Name an exported file."""
    return f"patreon-audit-{now:%Y-%m-%d}.csv"


def _line(entry: AuditEntry) -> str:
    who = "the bot" if entry.user_id is None else f"<@{entry.user_id}>"
    when = f"<t:{int(entry.at.timestamp())}:f>"
    detail = escape(entry.detail, _LONGEST_DETAIL)
    return f"{when} · {who} · **{escape(entry.action)}**" + (f"\n> {detail}" if detail else "")


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"


def _nothing(listed: AuditList) -> str:
    if listed == AuditList():
        return (
            "Nothing has been noted yet. Whoever syncs, replays a webhook or changes a setting "
            "here is named from then on."
        )
    return "No such entry. Leave out a filter to find more."


def _filters(listed: AuditList) -> list[str]:
    found = []
    if listed.user_id is not None:
        found.append(f"by <@{listed.user_id}>")
    if listed.action is not None:
        found.append(escape(listed.action))
    return found
