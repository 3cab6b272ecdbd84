"""What the bot has done and still has to do, from its own database."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.backups import BackupNote
from core.changes import Kind
from core.doctor.checks import Check, Rule
from core.doctor.rules import (
    ANNOUNCEMENTS,
    BACKUP,
    BASELINE,
    BUDGET,
    DIGESTS,
    EVENTS,
    FEED,
    KINDS,
    LINKS,
    QUESTION,
    STAFF,
    SYNC,
)
from core.guilds import Link
from core.health import OLDEST_ANNOUNCEMENT, OLDEST_EVENT
from core.ports import Usage
from core.queues import Backlog
from core.status import CampaignStatus, StatusReport

_SLACK = timedelta(hours=1)
_MOST_REFUSED = 20
_OLD_BACKUP = timedelta(days=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the configuration says where a link says nothing, and how often is synced.

    `digest_above` 0: changes that wait are never put together. `backup_every` None: the bot makes
    no backups by itself.
    """

    kinds: frozenset[Kind]
    staff_kinds: frozenset[Kind]
    sync_every: timedelta
    digest_above: int
    backup_every: timedelta | None = None


def judge_links(links: Collection[Link], choices: Choices) -> Iterator[Check]:
    """Judge whether what is followed is shown somewhere."""
    if not links:
        yield LINKS.warn(
            "No server follows a campaign, so nothing is announced.",
            "Use `/patreon setup` in the server.",
        )
        return
    count = len(links)
    yield LINKS.ok("1 campaign is followed." if count == 1 else f"{count} links are set up.")
    for link in links:
        yield from _of_link(link, choices)
    if choices.digest_above:
        yield DIGESTS.ok(f"More than {choices.digest_above:,} changes at once become one message.")
    else:
        yield DIGESTS.warn(
            "Each change is a message of its own, however many come at once.",
            "Set `feed.digest_above` (FEED_DIGEST_ABOVE) to a number such as 20.",
        )


def _of_link(link: Link, choices: Choices) -> Iterator[Check]:
    about = f"campaign {link.campaign_id} in server {link.guild_id}"
    kinds = choices.kinds if link.kinds is None else link.kinds
    chosen = choices.staff_kinds if link.staff_kinds is None else link.staff_kinds
    for_staff = sorted(kind.value for kind in kinds & chosen)
    if not kinds:
        yield KINDS.warn(
            "No kind of change is announced.",
            "List kinds in `feed.kinds` (FEED_KINDS), or leave it out to announce all.",
            about=about,
        )
    else:
        yield KINDS.ok(f"{len(kinds)} kinds of changes are announced.", about=about)
    if link.feed_channel_id is not None:
        yield FEED.ok("It is chosen.", about=about)
    elif link.staff_channel_id is not None and for_staff:
        yield FEED.ok("There is none; what is for the staff is announced.", about=about)
    else:
        yield FEED.warn(
            "No feed channel is chosen, so nothing is announced.",
            "Choose one with `/patreon settings` in the server.",
            about=about,
        )
    yield _staff(link, for_staff, about)


def _staff(link: Link, for_staff: list[str], about: str) -> Check:
    if link.staff_channel_id is not None:
        return STAFF.ok("It is chosen.", about=about)
    lost = f", and these are not announced: {', '.join(for_staff)}" if for_staff else ""
    found = f"No staff channel is chosen, so nobody is told when something breaks{lost}."
    cure = "Choose one with `/patreon settings` in the server."
    return STAFF.warn(found, cure, about=about)


def judge_work(report: StatusReport, choices: Choices, *, now: datetime) -> Iterator[Check]:
    """Judge syncs, queues and questions."""
    for campaign in report.campaigns:
        yield from _of_campaign(campaign, choices, now)
    yield _backup(report.backup, choices.backup_every, now)
    yield _queue(EVENTS, report.inbox, "webhooks", now - OLDEST_EVENT, "`python -m bot events`")
    yield _queue(
        ANNOUNCEMENTS,
        report.outbox,
        "announcements",
        now - OLDEST_ANNOUNCEMENT,
        "`/patreon status`",
    )


def judge_usage(usage: Usage | None) -> Check:
    """Judge what is left of Patreon's limits; None: this process has sent nothing."""
    if usage is None:
        return BUDGET.skip("Only the running bot counts them: /patreon doctor tells.")
    used = f"{usage.last_minute} of {usage.minute_limit} requests in the last minute"
    if usage.refused_last_10_minutes >= _MOST_REFUSED:
        return BUDGET.warn(
            f"{used}; {usage.refused_last_10_minutes:,} were refused in the last ten minutes.",
            "Look for `patreon` in the log: after too many refusals Patreon blocks the machine.",
        )
    if usage.last_minute > usage.minute_limit * 0.9:
        return BUDGET.warn(
            f"{used}: the bot has to wait.",
            "Nothing, if it passes. Else raise `patreon.requests_per_minute`, 100 at most, or "
            "sync less often.",
        )
    return BUDGET.ok(f"{used}.")


def _backup(backup: BackupNote | None, every: timedelta | None, now: datetime) -> Check:
    cure = "Look for `backup failed` in the log, and mend what [backup] in config.toml names."
    if backup is None and every is not None:
        return BACKUP.warn(
            "None was made yet.",
            "Start the bot: it makes the first one at once, and then by itself.",
        )
    if backup is None:
        return BACKUP.skip("The bot has made none by itself; [backup] in config.toml lets it.")
    if backup.failures:
        return BACKUP.warn(f"{backup.failures:,} in a row failed. {backup.reason}".strip(), cure)
    oldest = max(_OLD_BACKUP, 2 * every) if every is not None else _OLD_BACKUP
    if backup.at is None or now - backup.at > oldest:
        return BACKUP.warn(f"None was made and proven for more than {oldest.days} days.", cure)
    return BACKUP.ok(f"It was made and proven {_age(now - backup.at)} ago.")


def _of_campaign(campaign: CampaignStatus, choices: Choices, now: datetime) -> Iterator[Check]:
    stored, about = campaign.stored, f"campaign {campaign.link.campaign_id}"
    cure = "Use /patreon sync or `python -m bot sync`, and read what it reports."
    if stored is None:
        yield BASELINE.fail(
            "Patreon has not told of it yet.",
            f"Check the campaign's id. {cure}",
            about=about,
        )
        return
    if stored.baseline_at is None:
        yield BASELINE.warn(
            "It was never synced completely, so nothing is announced.", cure, about=about
        )
    else:
        yield BASELINE.ok("It is done.", about=about)
        yield _sync(campaign, choices, now, cure, about)
    if campaign.question is None:
        yield QUESTION.ok("None.", about=about)
    else:
        missing, present = campaign.question.missing, campaign.question.present
        yield QUESTION.warn(
            f"{missing:,} of {present:,} members are missing from Patreon's list, and nobody was "
            "marked as gone.",
            "Answer in the staff channel or with /patreon status whether they really left.",
            about=about,
        )


def _sync(
    campaign: CampaignStatus, choices: Choices, now: datetime, cure: str, about: str
) -> Check:
    stored = campaign.stored
    if stored is not None and stored.sync_error:
        return SYNC.warn(
            f"It failed in part: {stored.sync_error}",
            "The bot tries again by itself; /patreon sync tries now.",
            about=about,
        )
    at = stored.synced_at if stored else None
    age = None if at is None else now - at
    if age is None or age > 2 * choices.sync_every + _SLACK:
        when = "never ended" if age is None else f"ended {_age(age)} ago"
        found = f"The latest complete sync {when}."
        return SYNC.warn(found, f"Is the bot running? {cure}", about=about)
    return SYNC.ok(f"It ended {_age(age)} ago.", about=about)


def _queue(rule: Rule, backlog: Backlog, noun: str, late_before: datetime, where: str) -> Check:
    if backlog.parked:
        why = f" {backlog.reason}" if backlog.reason else ""
        cure = f"{where} shows them. Mend the cause, then try them again."
        return rule.warn(f"{backlog.parked:,} {noun} were set aside.{why}", cure)
    if backlog.waiting and backlog.oldest is not None and backlog.oldest < late_before:
        why = f" {backlog.failure}" if backlog.failure else ""
        return rule.warn(
            f"{backlog.waiting:,} {noun} wait, some of them for long.{why}",
            "Is the bot running? It tries again by itself; the log tells why it does not work.",
        )
    return rule.ok(f"{backlog.waiting:,} {noun} wait." if backlog.waiting else "None waits.")


def _age(span: timedelta) -> str:
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
