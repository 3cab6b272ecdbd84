"""What a status report asks somebody to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from cogs.embeds import ago
from cogs.text import escape
from core.accounts import TokenState
from core.ports import Connection
from core.roster import not_linked
from core.status import CampaignStatus, StatusReport
from core.store import Backlog

LONG_WAIT = timedelta(minutes=10)
_LONGEST_REASON = 300
_LONGEST_NAME = 100


class Level(IntEnum):
    """How urgent something is. `ODD`: it works in part. `BAD`: it does not until somebody acts."""

    GOOD = 0
    ODD = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Advice:
    """A sentence of what is wrong and what to do, in Discord's Markdown."""

    level: Level
    text: str


def advise(
    report: StatusReport, connection: Connection, *, guild_id: int, now: datetime
) -> list[Advice]:
    """List what should be looked at, the most urgent first; nothing when all is well."""
    found = [*_of_bot(report, connection, now)]
    if not report.campaigns:
        found.append(Advice(Level.BAD, not_linked(guild_id)))
    for campaign in report.campaigns:
        found += _of_campaign(campaign, report)
    return sorted(found, key=lambda advice: -advice.level)


def _of_bot(report: StatusReport, connection: Connection, now: datetime) -> Iterator[Advice]:
    if not connection.is_ready:
        yield Advice(Level.ODD, "The connection to Discord is down; the bot tries by itself.")
    yield from _of_queue(
        report.inbox, now, "webhooks", "The log says why; Patreon's state is read at the next sync."
    )
    yield from _of_queue(
        report.outbox, now, "announcements", "Mend the cause; later ones are shown again then."
    )


def _of_queue(backlog: Backlog, now: datetime, what: str, cure: str) -> Iterator[Advice]:
    if backlog.parked:
        reason = f": {escape(backlog.reason, _LONGEST_REASON)}" if backlog.reason else "."
        yield Advice(Level.ODD, f"{backlog.parked:,} {what} were set aside{reason} {cure}")
    if backlog.waiting and backlog.oldest is not None and now - backlog.oldest > LONG_WAIT:
        yield Advice(
            Level.ODD, f"{what.capitalize()} have been waiting since {ago(backlog.oldest)}."
        )


def _of_campaign(campaign: CampaignStatus, report: StatusReport) -> Iterator[Advice]:
    stored = campaign.stored
    if stored is None:
        yield Advice(
            Level.BAD,
            f"Patreon has not told of campaign {escape(campaign.link.campaign_id, 40)} yet. "
            "Use `/patreon sync`; if that finds nothing, check the campaign's id and the tokens "
            "in config.toml.",
        )
        return
    name = escape(stored.campaign.name, _LONGEST_NAME)
    yield from _of_tokens(campaign, name)
    if stored.baseline_at is None:
        yield Advice(
            Level.ODD,
            f"{name}: nothing is announced before the first complete sync. Use `/patreon sync`.",
        )
    elif stored.sync_error is not None:
        yield Advice(Level.ODD, f"{name}: the last sync failed in part. Use `/patreon sync`.")
    if campaign.hook is None and not report.has_configured_secret:
        yield Advice(
            Level.ODD,
            f"{name}: Patreon does not call the bot, so changes are seen at the next sync only. "
            "The admin sets up a webhook.",
        )
    elif campaign.hook is not None and campaign.hook.is_paused:
        yield Advice(
            Level.ODD,
            f"{name}: Patreon paused the webhook after failed deliveries. Check that the bot's "
            "address can be reached from outside.",
        )


def _of_tokens(campaign: CampaignStatus, name: str) -> Iterator[Advice]:
    creator = campaign.creator
    if creator is None:
        yield Advice(Level.BAD, f"{name}: no connected account owns it. Check the tokens.")
    elif creator.token_state is TokenState.BROKEN:
        reason = escape(creator.token_reason or "Patreon refuses the tokens.", _LONGEST_REASON)
        yield Advice(
            Level.BAD,
            f"{name}: {reason} The admin makes new tokens in Patreon's developer portal, puts "
            "them into config.toml and restarts the bot.",
        )
    elif creator.token_state in (TokenState.BLOCKED, TokenState.THROTTLED):
        yield Advice(
            Level.ODD, f"{name}: Patreon does not answer at the moment; the bot tries by itself."
        )
