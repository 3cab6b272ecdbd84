"""Words for the terminal."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from core.backups import BackupNote
from core.brake import Question
from core.doctor.checks import Check, Outcome, arranged, counts
from core.queues import Backlog
from core.status import CampaignStatus, StatusReport
from core.sync_report import SyncReport

_SIGNS = {
    Outcome.OK: "ok  ",
    Outcome.WARN: "warn",
    Outcome.FAIL: "FAIL",
    Outcome.SKIP: "skip",
}

Facts = dict[str, object]


CHECK_FORMAT = 1
"""Counts up when something that reads the checks as JSON would have to change."""


def print_checks(checks: Iterable[Check]) -> None:
    """Print each check in a line below its group, its cure below it, and a verdict."""
    ordered, group = arranged(checks), None
    for check in ordered:
        if check.group is not group:
            group = check.group
            print(f"{group.value}:")
        about = f" ({check.about})" if check.about else ""
        print(printable(f"  {_SIGNS[check.result]}  {check.title}{about}: {check.found}"))
        if check.cure:
            print(printable(f"        {check.cure}"))
    tally = counts(ordered)
    problems, warnings = tally[Outcome.FAIL], tally[Outcome.WARN]
    if problems:
        print(f"{problems} problem{'s' if problems > 1 else ''} to solve.")
    else:
        print("No problem found.")
    if warnings:
        print(f"{warnings} warning{'s' if warnings > 1 else ''}.")


def check_facts(checks: Iterable[Check]) -> Facts:
    """Give checks as a document; its keys stay as long as `CHECK_FORMAT` does."""
    ordered = arranged(checks)
    tally = counts(ordered)
    return {
        "format": CHECK_FORMAT,
        "result": "fail" if tally[Outcome.FAIL] else "warn" if tally[Outcome.WARN] else "ok",
        "counts": {outcome.value: count for outcome, count in tally.items()},
        "checks": [
            {
                "id": check.id,
                "group": check.group.value,
                "title": check.title,
                "about": check.about,
                "result": check.result.value,
                "found": check.found,
                "cure": check.cure,
            }
            for check in ordered
        ],
    }


def print_sync(report: SyncReport) -> None:
    """Print what a sync did."""
    tally = report.members
    print(
        f"\r{report.campaign_name} ({report.campaign_id}): {tally.read} members, {tally.new} new, "
        f"{tally.changed} changed, {tally.gone} gone; {report.tiers} tiers; "
        f"{report.posts_new} new, {report.posts_changed} changed, {report.posts_gone} gone posts; "
        f"{report.took.total_seconds():.1f} s."
    )
    if report.is_baseline:
        print("  This was the first complete sync: it took stock and announced nothing.")
    if report.question is not None:
        print_question(report.question)
    for failure in report.failures:
        print(f"  Failed: {failure}")


def print_question(question: Question) -> None:
    """Print how the brake's question stands, and how to answer it here."""
    missing = f"{question.missing} of {question.present} members are missing from Patreon's list"
    if question.is_kept and question.answer is not None:
        by, until = question.answer.by.name, question.answer.until
        print(f"  Kept: {missing}; {by} answered that the list is wrong.")
        if until is not None:
            print(f"  It is not asked again before {_word(until)}.")
    else:
        print(f"  Stopped: {missing}; nobody was marked as gone.")
    print("  If they really left: python -m bot sync --apply-removals")


def status_facts(report: StatusReport, *, is_running: bool) -> Facts:
    """Choose what a status tells: no secret, and no person but the connected creators.

    Requests to Patreon are left out: only the process that sends them counts them.
    """
    return {
        "version": report.version,
        "running": is_running,
        "creators": [
            {
                "patreon_id": creator.patreon_id,
                "name": creator.name,
                "tokens": creator.token_state.value,
                "reason": creator.token_reason,
                "checked_at": creator.token_checked_at,
            }
            for creator in report.creators
        ],
        "campaigns": [_campaign_facts(campaign) for campaign in report.campaigns],
        "webhooks": _backlog_facts(report.inbox),
        "announcements": _backlog_facts(report.outbox),
        "last_event_at": report.last_event_at,
        "webhook_secret": "configured" if report.has_configured_secret else "not set",
        "backup": None if report.backup is None else _backup_facts(report.backup),
    }


def print_facts(facts: Mapping[str, object], indent: str = "") -> None:
    """Print facts as indented lines; what is not known is left out."""
    for name, value in facts.items():
        label = f"{indent}{name.replace('_', ' ')}:"
        if isinstance(value, dict):
            print(label)
            print_facts(value, indent + "  ")
        elif isinstance(value, list):
            print(label if value else f"{label} none")
            for number, item in enumerate(value):
                if number:
                    print()
                print_facts(item, indent + "  ")
        elif value is not None:
            print(f"{label} {_word(value)}")


def printable(text: str) -> str:
    """Take what steers a terminal out of a text that somebody else wrote."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _campaign_facts(campaign: CampaignStatus) -> Facts:
    stored, hook, link = campaign.stored, campaign.hook, campaign.link
    return {
        "id": link.campaign_id,
        "name": stored.campaign.name if stored else None,
        "guild": link.guild_id,
        "feed_channel": link.feed_channel_id,
        "staff_channel": link.staff_channel_id,
        "first_sync_at": stored.baseline_at if stored else None,
        "synced_at": stored.synced_at if stored else None,
        "sync_error": stored.sync_error if stored else None,
        "hook": None if hook is None else ("paused" if hook.is_paused else "registered"),
        "members": {status.value: count for status, count in campaign.totals.by_status.items()},
        "posts": campaign.posts,
        "question": None if campaign.question is None else _question_facts(campaign.question),
    }


def _question_facts(question: Question) -> Facts:
    answer = question.answer
    return {
        "missing": question.missing,
        "of": question.present,
        "found_at": question.found_at,
        "answer": answer.choice.value if answer else "none yet",
        "kept_until": answer.until if answer else None,
    }


def _backup_facts(note: BackupNote) -> Facts:
    failed = {"failures": note.failures, "failed_at": note.failed_at, "reason": note.reason}
    return {
        "last_at": note.at,
        "proven": note.at is not None,
        "bytes": note.size,
        **(failed if note.failures else {}),
    }


def _backlog_facts(backlog: Backlog) -> Facts:
    return {
        "waiting": backlog.waiting,
        "oldest": backlog.oldest,
        "set_aside": backlog.parked,
        "reason": backlog.reason,
    }


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M:%S}"
    return " ".join(str(value).split())
