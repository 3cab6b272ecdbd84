"""What a status report asks somebody to do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from cogs.embeds import ago
from cogs.text import counted, escape
from core.accounts import TokenState
from core.consents import LOSSES, Purpose, lacking
from core.ports import Connection
from core.queues import Backlog
from core.roster import not_linked
from core.status import CampaignStatus, StatusReport
from core.troubles import HOOK_REFUSED

LONG_WAIT_OF_EVENTS = timedelta(minutes=1)
LONG_WAIT_OF_ANNOUNCEMENTS = timedelta(minutes=10)
"""Discord lets a channel have few messages at a time, so that many take a while."""

_LONGEST_REASON = 300
_LONGEST_NAME = 100

_NAMED_CHANNEL = re.compile(r"\\?#[^#]{1,200}? \(channel (\d{15,20})\)")
_CHANNEL = re.compile(r"\bchannel (\d{15,20})\b(?!…)")


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


def advise(report: StatusReport, connection: Connection, *, now: datetime) -> list[Advice]:
    """List what should be looked at, the most urgent first; nothing when all is well."""
    found = [*_of_bot(report, connection, now)]
    if not report.campaigns:
        found.append(Advice(Level.BAD, not_linked()))
    for campaign in report.campaigns:
        found += _of_campaign(campaign, report)
    return sorted(found, key=lambda advice: -advice.level)


def _of_bot(report: StatusReport, connection: Connection, now: datetime) -> Iterator[Advice]:
    if not connection.is_ready:
        yield Advice(Level.ODD, "The connection to Discord is down; the bot tries by itself.")
    yield from _of_queue(
        report.inbox,
        "webhook",
        late_before=now - LONG_WAIT_OF_EVENTS,
        cure="`/patreon webhooks` lists what was set aside.",
    )
    yield from _of_queue(
        report.outbox,
        "announcement",
        late_before=now - LONG_WAIT_OF_ANNOUNCEMENTS,
        cure="Mend the cause: for a day, the bot tries again by itself, at each of its regular "
        "syncs and when it starts.",
    )


def _of_queue(backlog: Backlog, noun: str, *, late_before: datetime, cure: str) -> Iterator[Advice]:
    if backlog.parked:
        be = "was" if backlog.parked == 1 else "were"
        why = _why(backlog.reason)
        yield Advice(Level.ODD, f"{counted(backlog.parked, noun)} {be} set aside{why} {cure}")
    late_since = backlog.oldest if backlog.oldest and backlog.oldest < late_before else None
    if backlog.waiting and (late_since or backlog.failure):
        be, have = ("is", "has") if backlog.waiting == 1 else ("are", "have")
        wait = f"{have} been waiting since {ago(late_since)}" if late_since else f"{be} waiting"
        yield Advice(
            Level.ODD,
            f"{counted(backlog.waiting, noun)} {wait}{_why(backlog.failure)} The bot tries again "
            "by itself; if this lasts, ask the admin to look at the log.",
        )


def _why(reason: str | None) -> str:
    """Word a reason as the end of a sentence; the channels in it become links."""
    if not reason:
        return "."
    text = _NAMED_CHANNEL.sub(r"<#\1>", escape(reason, _LONGEST_REASON))
    end = "" if text.endswith((".", "!", "?", "…")) else "."
    return ": " + _CHANNEL.sub(r"<#\1> (\g<0>)", text) + end


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
    name = escape(stored.campaign.name, _LONGEST_NAME) or f"Campaign {escape(stored.campaign.id)}"
    yield from _of_tokens(campaign, name)
    if stored.baseline_at is None:
        yield Advice(
            Level.ODD,
            f"{name}: nothing is announced before the first complete sync. Use `/patreon sync`.",
        )
    elif stored.sync_error is not None:
        yield Advice(
            Level.ODD,
            f"{name}: the last sync failed in part. The bot tries again by itself; "
            "`/patreon sync` tries now.",
        )
    refusal = next((t for t in campaign.troubles if t.trouble is HOOK_REFUSED), None)
    if refusal is not None:
        reason = escape(refusal.reason, _LONGEST_REASON)
        yield Advice(
            Level.ODD, f"{name}: Patreon refuses the webhook. {reason} {HOOK_REFUSED.advice}"
        )
    elif campaign.hook is None and not report.has_configured_secret:
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
            f"{name}: {reason} Use `/patreon connect`. Where that is not set up, the admin makes "
            "new tokens in Patreon's developer portal, puts them into config.toml and restarts the "
            "bot.",
        )
    elif creator.token_state is TokenState.DISCONNECTED:
        yield Advice(
            Level.BAD,
            f"{name}: its Patreon account was disconnected. `/patreon connect` brings it back.",
        )
    elif creator.token_state is TokenState.BLOCKED:
        yield Advice(
            Level.ODD,
            f"{name}: Patreon's protection refuses this machine; the tokens are fine. The bot "
            "tries by itself. If it lasts for hours, the admin asks Patreon's support, with the "
            "ray id from the log.",
        )
    elif creator.token_state is TokenState.THROTTLED:
        yield Advice(
            Level.ODD,
            f"{name}: Patreon asked the bot to slow down; it waits and tries by itself. If it "
            "lasts, another program uses the same Patreon client: the admin stops it, or lowers "
            "`patreon.requests_per_minute`.",
        )
    elif lacks := lacking(Purpose.CONNECT, creator.scopes):
        losses = "; ".join(f"{LOSSES[scope]} (`{scope}`)" for scope in lacks)
        yield Advice(
            Level.ODD,
            f"{name}: Patreon did not grant everything: {losses}. Use `/patreon connect` again "
            "and allow everything.",
        )
