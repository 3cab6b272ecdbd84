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
MEANINGS = {
    "account.connected": "a Patreon account was connected",
    "account.disconnected": "a Patreon account was disconnected",
    "backup.made": "a backup was made",
    "backup.restored": "the database was brought back from a backup",
    "brake.applied": "missing members were let go",
    "brake.kept": "missing members were kept",
    "images.refreshed": "a refresh of the pictures was asked for",
    "keys.rotated": "stored secrets were sealed with a new key",
    "link.added": "a campaign is followed",
    "link.changed": "its settings were changed",
    "link.removed": "a campaign is followed no more",
    "patron.forgotten": "a patron is forgotten",
    "patron.linked": "a patron proved who they are",
    "patron.privacy_changed": "a patron hides more, or less",
    "patron.unlinked": "a patron took that proof back",
    "post.approved": "a post was approved",
    "post.asked": "approval of a post was asked for",
    "post.begun": "a post was begun",
    "post.changed": "a post was changed",
    "post.discarded": "a post was discarded",
    "post.form_dismissed": "somebody dismissed a form of theirs that was not used",
    "post.handed_over": "the page that brings a post to Patreon was opened",
    "post.matched": "somebody said which post on Patreon is which of ours",
    "post.paused": "scheduled posts were held back",
    "post.published": "a post was published in Discord",
    "post.refused": "a post was not approved",
    "post.restored": "a discarded post was brought back",
    "post.resumed": "scheduled posts go out again",
    "post.retracted": "a post was taken back",
    "post.scheduled": "a post was scheduled",
    "post.sent_back": "a scheduled post did not go out",
    "post.template_saved": "a template was saved",
    "post.unscheduled": "a post was taken off the schedule",
    "rights.changed": "the rights of a role were changed",
    "sync.started": "a sync was asked for",
    "test.removed": "a test announcement was removed",
    "test.sent": "a test announcement was sent",
    "tier.name_reset": "a tier has its own name again",
    "tier.renamed": "a tier got a name of this server",
    "webhook.discarded": "a webhook was discarded",
    "webhook.replayed": "a webhook was tried again",
    "words.reset": "own words were given up",
    "words.saved": "own words were saved",
}
"""What happened, for the actions that there are; a newer one is named only."""


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
    meaning = f": {MEANINGS[entry.action]}" if entry.action in MEANINGS else ""
    line = f"{when} · {who} · **{escape(entry.action)}**{meaning}"
    return line + (f"\n> {detail}" if detail else "")


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
