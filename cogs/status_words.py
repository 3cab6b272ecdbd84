"""What `/patreon status` says."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import discord

from cogs.advice import Advice, Level, advise
from cogs.brake_words import question_lines
from cogs.embeds import LONGEST_EMBED, LONGEST_VALUE, ago
from cogs.member_words import totals_line
from cogs.text import counted, escape, fit_lines
from core.accounts import Creator, TokenState
from core.backups import BackupNote
from core.missed import Missed
from core.ports import Connection, Usage
from core.queues import Backlog
from core.status import CampaignStatus, StatusReport
from core.store import StoredCampaign
from core.troubles import HOOK_REFUSED, HOOK_VANISHED

_HEADLINES = {
    Level.GOOD: ("🟢 All is well", 0x3BA55D),
    Level.ODD: ("🟡 Working, with something to look at", 0xFAA61A),
    Level.BAD: ("🔴 Something must be done", 0xED4245),
}
_LONGEST_ADVICE = 2_400
_LONGEST_NAME = 100
_LONGEST_REASON = 300
_SPARE = 800
"""Kept free for the fields that come after the campaigns."""

_WITHOUT_HOOK = (HOOK_VANISHED, HOOK_REFUSED)

_TOKENS = {
    TokenState.UNTRIED: "🟡 not tried yet",
    TokenState.OK: "🟢 working",
    TokenState.BROKEN: "🔴 refused by Patreon",
    TokenState.BLOCKED: "🟡 this machine is refused at the moment",
    TokenState.THROTTLED: "🟡 asked to slow down",
    TokenState.DISCONNECTED: "🔴 disconnected",
}


def status_embed(
    report: StatusReport,
    connection: Connection,
    *,
    guild_id: int,
    tier_counts: Mapping[str, int],
    now: datetime,
) -> discord.Embed:
    """Show how the bot is doing: a headline, what to do next, then the facts.

    `tier_counts` is how many tiers each campaign has.
    """
    advice = advise(report, connection, now=now)
    advice = sorted([*advice, *_questions(report, guild_id)], key=lambda item: -item.level)
    headline, colour = _HEADLINES[max((item.level for item in advice), default=Level.GOOD)]
    todo = [f"• {item.text}" for item in advice]
    embed = discord.Embed(
        title=headline,
        description=fit_lines(["**What to do next**", *todo], _LONGEST_ADVICE) if todo else None,
        colour=colour,
    )
    embed.add_field(name="Discord", value=_connection(connection), inline=False)
    for shown, campaign in enumerate(report.campaigns):
        if len(embed) > LONGEST_EMBED - _SPARE - LONGEST_VALUE - _LONGEST_NAME:
            embed.add_field(name="…", value=f"and {len(report.campaigns) - shown} more campaigns")
            break
        tiers = tier_counts.get(campaign.link.campaign_id, 0)
        embed.add_field(
            name=_campaign_name(campaign),
            value=fit_lines(_campaign(campaign, report, tiers, guild_id), LONGEST_VALUE),
            inline=False,
        )
    queues = [_queue("Webhooks", report.inbox)]
    if report.inbox_elsewhere.waiting or report.inbox_elsewhere.parked:
        queues.append(_queue("Webhooks of others", report.inbox_elsewhere))
    queues.append(_queue("Announcements", report.outbox))
    embed.add_field(name="Waiting", value="\n".join(queues), inline=False)
    embed.add_field(name="Requests to Patreon", value=_usage(report.usage), inline=False)
    version = f"Version {escape(report.version, _LONGEST_NAME)}, up since {ago(report.started_at)}"
    backup = "" if report.backup is None else f"\n{_backup(report.backup)}"
    embed.add_field(name="Bot", value=version + backup, inline=False)
    return embed


def _backup(note: BackupNote) -> str:
    """Tell how the scheduled backups are doing; why one failed is the operator's to know."""
    last = "none yet" if note.at is None else f"{ago(note.at)}, proven by restoring it"
    if not note.failures:
        return f"Last backup: {last}"
    when = "" if note.failed_at is None else f" {ago(note.failed_at)}"
    return (
        f"🟡 Last backup: {last}; the newest try failed{when}. Whoever runs the bot sees why with "
        "`python -m bot status`."
    )


def _connection(connection: Connection) -> str:
    if not connection.is_ready:
        reason = f": {escape(connection.reason, _LONGEST_REASON)}" if connection.reason else ""
        return f"🟡 not connected{reason}"
    parts = ["🟢 connected"]
    if connection.since is not None:
        parts.append(f"since {ago(connection.since)}")
    if connection.latency is not None:
        parts.append(f"latency {connection.latency.total_seconds() * 1_000:.0f} ms")
    return " · ".join(parts)


def _campaign_name(campaign: CampaignStatus) -> str:
    stored = campaign.stored
    name = stored.campaign.name if stored else ""
    return escape(name, _LONGEST_NAME) or f"Campaign {escape(campaign.link.campaign_id, 40)}"


def _questions(report: StatusReport, guild_id: int) -> Iterator[Advice]:
    for campaign in report.campaigns:
        question = campaign.question
        if question is not None and question.is_open:
            lines = " ".join(question_lines(question, guild_id=guild_id))
            yield Advice(Level.ODD, f"{_campaign_name(campaign)}: {lines}")


def _campaign(
    campaign: CampaignStatus, report: StatusReport, tiers: int, guild_id: int
) -> list[str]:
    question = campaign.question
    is_answered = question is not None and not question.is_open
    return [
        f"Tokens: {_tokens(campaign.creator)}",
        f"Last sync: {_sync(campaign.stored)}",
        f"Webhook: {_hook(campaign, report)}",
        totals_line(campaign.totals),
        f"{counted(tiers, 'tier')} · {counted(campaign.posts, 'post')}",
        *(question_lines(question, guild_id=guild_id) if question and is_answered else ()),
    ]


def _tokens(creator: Creator | None) -> str:
    if creator is None:
        return "🔴 no connected account owns this campaign"
    text = _TOKENS[creator.token_state]
    if creator.token_checked_at is not None:
        text += f", checked {ago(creator.token_checked_at)}"
    return text


def _sync(stored: StoredCampaign | None) -> str:
    if stored is None or (stored.synced_at is None and stored.sync_error is None):
        return "🟡 never"
    when = ago(stored.synced_at) if stored.synced_at else "never complete"
    if stored.sync_error is None:
        return f"🟢 {when}"
    return f"🟡 {when}; since then: {escape(stored.sync_error, _LONGEST_REASON)}"


def _hook(campaign: CampaignStatus, report: StatusReport) -> str:
    hook = campaign.hook
    if any(trouble.trouble in _WITHOUT_HOOK for trouble in campaign.troubles):
        text = "🟡 not registered"
    elif hook is not None:
        text = "🟡 paused by Patreon" if hook.is_paused else "🟢 registered"
        if hook.failures:
            text += f", {hook.failures:,} failed deliveries"
    elif report.has_configured_secret:
        text = "🟢 secret configured"
    else:
        return "🟡 none"
    last = ago(report.last_event_at) if report.last_event_at else "none yet"
    return f"{text} · last event {last}{_missed(campaign.missed)}"


def _missed(missed: Missed) -> str:
    if missed.last_at is None:
        return ""
    return f" · missed by webhook: {missed.count:,} (last {ago(missed.last_at)})"


def _queue(name: str, backlog: Backlog) -> str:
    text = f"{name}: {backlog.waiting:,} waiting"
    if backlog.waiting and backlog.oldest is not None:
        text += f" (oldest {ago(backlog.oldest)})"
    if backlog.parked:
        text += f" · {backlog.parked:,} set aside"
    return text


def _usage(usage: Usage) -> str:
    text = f"{usage.last_minute:,} of {usage.minute_limit:,} in the last minute"
    if usage.refused_last_10_minutes:
        text += f" · {usage.refused_last_10_minutes:,} refused in the last 10 minutes"
    return f"{text} · {usage.total:,} since the start"
