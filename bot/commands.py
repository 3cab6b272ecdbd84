"""The commands of the command line: each calls a use case and prints what came of it."""

import asyncio
import faulthandler
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from bot import app, terminal
from bot.alive import is_alive
from bot.checks.run import run_checks
from bot.config import Config
from bot.database import database_url, open_unchanged
from bot.load_config import ConfigError, load
from bot.problems import cut_cure
from bot.services import status_of
from core.brake import Presser, load_question
from core.doctor.checks import Check, Outcome
from core.doctor.rules import CONFIG
from core.members_pass import Progress
from core.ports import Usage
from core.store import Store
from core.sync_report import SyncReport
from storage.migrate import upgrade

LONGEST_STOP_SECONDS = 9.5
"""After this the process ends whatever still runs, and shows where it was."""

_ADMIN = Presser(name="The admin at the terminal")


async def run(config: Config) -> int:
    """Run the bot until a signal arrives."""
    await app.run(config, on_stopping=_end_in_time)
    return 0


async def check(
    path: Path | None, environ: Mapping[str, str], *, is_live: bool, as_json: bool
) -> int:
    """Print every problem; with `is_live` Discord, Patreon and the hook's address are asked.

    0: no check failed. 1: some did.
    """
    checks: list[Check] = []
    try:
        config = load(path, environ)
    except ConfigError as error:
        checks = [CONFIG.fail(*cut_cure(problem)) for problem in error.problems]
    else:
        checks = await run_checks(config, path, is_live=is_live)
    if as_json:
        print(json.dumps(terminal.check_facts(checks), indent=2, ensure_ascii=False))
    else:
        terminal.print_checks(checks)
    return 1 if any(check.result is Outcome.FAIL for check in checks) else 0


async def migrate(config: Config) -> int:
    """Bring the database up to date."""
    applied = await upgrade(database_url(config))
    print(f"Applied: {', '.join(applied)}." if applied else "The database is up to date.")
    return 0


async def sync(config: Config, campaign_id: str | None, *, apply_removals: bool = False) -> int:
    """Sync one campaign or all, with progress on a terminal; the database keeps its links.

    `apply_removals` lets members go who are missing from Patreon's list, where a sync has stopped
    because of them.
    """
    async with app.open_app(config) as opened:
        use_case = opened.services.sync
        failures: list[str] = []
        campaign_ids = [] if campaign_id is None else [campaign_id]
        if campaign_id is None:
            failures = await use_case.discover()
            async with opened.store.read() as work:
                campaign_ids = [stored.campaign.id for stored in await work.campaigns.all()]
        reports: list[SyncReport] = []
        for each in campaign_ids:
            is_asked = apply_removals and await _is_asked(opened.store, each)
            if is_asked:
                done = use_case.apply_removals(each, by=_ADMIN, progress=_show_progress)
            else:
                done = use_case.run(each, progress=_show_progress)
            reports.append(await done)
            terminal.print_sync(reports[-1])
    for failure in failures:
        print(failure, file=sys.stderr)
    if not reports and not failures:
        print("The connected account has no campaign.", file=sys.stderr)
    is_good = reports and not failures and all(_is_good(report) for report in reports)
    return 0 if is_good else 1


async def _is_asked(store: Store, campaign_id: str) -> bool:
    async with store.read() as work:
        question = await load_question(work, campaign_id)
    is_asked = question is not None and question.ended_at is None
    if not is_asked:
        print(f"Campaign {campaign_id}: no removal waits to be applied.")
    return is_asked


def _is_good(report: SyncReport) -> bool:
    is_asking = report.question is not None and report.question.is_open
    return not report.failures and not is_asking


async def status(config: Config, *, as_json: bool) -> int:
    """Print how the bot is doing, for every guild. Changes nothing."""
    is_running = await asyncio.to_thread(is_alive, config)
    async with open_unchanged(config) as store:
        report = await status_of(config, store, usage=_unknown_usage).of_everything()
    facts = terminal.status_facts(report, is_running=is_running)
    if as_json:
        print(json.dumps(facts, indent=2, ensure_ascii=False, default=str))
    else:
        terminal.print_facts(facts)
    return 0


def _unknown_usage() -> Usage:
    """Only the process that sends the requests counts them; this one has sent none."""
    return Usage(total=0, last_minute=0, minute_limit=0, refused_last_10_minutes=0)


async def _show_progress(progress: Progress) -> None:
    if not sys.stderr.isatty():
        return
    total = "" if progress.total is None else f" of {progress.total}"
    print(f"\r{progress.tally.read}{total} members", end="", file=sys.stderr, flush=True)


def _end_in_time() -> None:
    faulthandler.dump_traceback_later(LONGEST_STOP_SECONDS, exit=True)
