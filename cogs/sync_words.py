"""What `/patreon sync` says."""

from collections.abc import Sequence

import discord

from cogs.brake_words import question_lines
from cogs.embeds import LONGEST_DESCRIPTION
from cogs.text import escape, fit_lines
from core.members_pass import Progress
from core.sync_report import SyncReport

_BLUE, _GREEN, _YELLOW = 0x5865F2, 0x3BA55D, 0xFAA61A
_BAR = 20
_LONGEST_NAME = 200
_LONGEST_FAILURE = 500


def progress_embed(progress: Progress) -> discord.Embed:
    """Show how far a sync is."""
    tally = progress.tally
    read = f"**{tally.read:,}** members read"
    lines = [escape(progress.campaign_name, _LONGEST_NAME)]
    if progress.total:
        lines.append(f"`{bar(tally.read, progress.total)}`")
        read = f"**{min(tally.read, progress.total):,}** of {progress.total:,} members read"
    lines += [read, f"{tally.new:,} new · {tally.changed:,} changed"]
    return discord.Embed(title="⏳ Syncing…", description="\n".join(lines), colour=_BLUE)


def taking_long_embed() -> discord.Embed:
    """Say that this reply ends before the sync does."""
    return discord.Embed(
        title="⏳ Still syncing",
        description=(
            "Discord lets a reply change for 15 minutes only, so this one stays as it is. "
            "`/patreon status` shows when the sync is done."
        ),
        colour=_BLUE,
    )


def report_embed(reports: Sequence[SyncReport], *, guild_id: int = 0) -> discord.Embed:
    """Tell how a sync ended, campaign by campaign, to readers in a guild."""
    has_failures = any(report.failures for report in reports)
    has_questions = any(report.question and report.question.is_open for report in reports)
    lines = [line for report in reports for line in [*_lines(report, guild_id), ""]]
    if has_failures:
        lines.append(
            "What worked is saved. `/patreon status` says what the bot needs; it also tries "
            "again by itself."
        )
    title = "✅ Sync finished"
    if has_failures:
        title = "⚠️ Sync finished in part"
    elif has_questions:
        title = "⚠️ Sync finished, with a question to you"
    return discord.Embed(
        title=title,
        description=fit_lines(lines, LONGEST_DESCRIPTION).strip(),
        colour=_YELLOW if has_failures or has_questions else _GREEN,
    )


def bar(done: int, total: int) -> str:
    """Draw a bar that is full only when everything is done."""
    filled = min(done * _BAR // max(total, 1), _BAR)
    return "▰" * filled + "▱" * (_BAR - filled)


def _lines(report: SyncReport, guild_id: int) -> list[str]:
    members = report.members
    lines = [
        f"**{escape(report.campaign_name, _LONGEST_NAME)}** "
        f"({report.took.total_seconds():.1f} seconds)",
        f"Members: {members.new:,} new · {members.changed:,} changed · "
        f"{members.unchanged:,} unchanged · {members.gone:,} gone",
        f"Tiers: {report.tiers:,}",
        f"Posts: {report.posts_new:,} new · {report.posts_changed:,} changed · "
        f"{report.posts_gone:,} gone",
    ]
    if members.announced:
        lines.append(f"Announcements: {members.announced:,}")
    if members.outdated:
        lines.append(f"{members.outdated:,} members changed meanwhile and were left as they are.")
    if report.is_baseline:
        lines.append(
            "This was the first sync: what Patreon has now is the starting point, so nothing "
            "was announced. From now on changes are."
        )
    if report.question is not None:
        lines += [f"⚠️ {line}" for line in question_lines(report.question, guild_id=guild_id)]
    lines += [f"⚠️ {escape(failure, _LONGEST_FAILURE)}" for failure in report.failures]
    return lines
