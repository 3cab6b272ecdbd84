"""`images refresh|status`: the pictures, for the admin at the terminal."""

import json
import sys
import time
from collections.abc import Mapping

from bot import app, terminal
from bot.config import Config
from bot.database import open_unchanged
from bot.pictures import most_bytes
from core.gallery import ImagesReport
from core.image_rows import ImageCounts
from core.image_words import KINDS, REASONS, by_number, size_words
from core.images import ImageFailure, ImageKind
from core.store import Store


async def refresh(config: Config, model: str | None, *, force: bool) -> int:
    """Fetch every picture that is missing, of one kind or all; with `force`, the others, too.

    0: all of them are here. 1: some could not be had, or no campaign is known yet.
    """
    kinds = tuple(ImageKind) if model is None else (KINDS[model],)
    async with app.open_app(config) as opened:
        campaign_ids = await _campaign_ids(opened.store)
        if not campaign_ids:
            print("No campaign is known yet: run `python -m bot sync` first.", file=sys.stderr)
            return 1
        started = time.monotonic()
        report = await opened.services.gallery.refresh(
            campaign_ids, kinds=kinds, force=force, report=_show_progress
        )
        took = time.monotonic() - started
    print(
        f"\r{report.checked} pictures checked, {report.fresh} were here already; "
        f"{report.fetched} fetched, {report.unchanged} unchanged, {report.replaced} replaced, "
        f"{report.renewed} links renewed; {size_words(report.size_bytes)} in {took:.1f} s."
    )
    _print_failures(report.failures)
    return 1 if any(report.failures.values()) else 0


async def status(config: Config, *, as_json: bool) -> int:
    """Print how the pictures of all campaigns are. Changes nothing."""
    async with open_unchanged(config) as store:
        campaign_ids = await _campaign_ids(store)
        async with store.read() as work:
            counts = await work.images.counts(campaign_ids)
            taken = await work.images.size_bytes()
    kinds = {name: counts[kind] for name, kind in KINDS.items() if kind in counts}
    max_bytes = most_bytes(config)
    if as_json:
        facts: terminal.Facts = {
            "size_bytes": taken,
            "max_bytes": max_bytes,
            "kinds": {name: _facts(one) for name, one in kinds.items()},
        }
        print(json.dumps(facts, indent=2, ensure_ascii=False, default=str))
        return 0
    print(f"size: {size_words(taken)} of {size_words(max_bytes)}")
    if not kinds:
        print("Patreon has named no pictures yet: `python -m bot sync` reads what it has.")
    for name, one in kinds.items():
        print(f"{name}:")
        failed = sum(one.failures.values())
        size = {"failed": failed, "size_bytes": None, "size": size_words(one.size_bytes)}
        terminal.print_facts(_facts(one) | size, indent="  ")
        _print_failures(one.failures)
    return 0


async def _campaign_ids(store: Store) -> list[str]:
    async with store.read() as work:
        return [stored.campaign.id for stored in await work.campaigns.all()]


def _facts(counts: ImageCounts) -> terminal.Facts:
    return {
        "known": counts.known,
        "cached": counts.cached,
        "waiting": counts.waiting,
        "failed": {reason.value: count for reason, count in by_number(counts.failures)},
        "size_bytes": counts.size_bytes,
        "oldest_fetched_at": counts.oldest_fetched_at,
        "next_expires_at": counts.next_expires_at,
    }


def _print_failures(failures: Mapping[ImageFailure, int]) -> None:
    for reason, count in by_number(failures):
        print(f"  {count} failed: {REASONS[reason]}")


async def _show_progress(so_far: ImagesReport) -> None:
    if not sys.stderr.isatty():
        return
    wanted = max(so_far.checked - so_far.fresh, so_far.done)
    print(f"\r{so_far.done} of {wanted} pictures", end="", file=sys.stderr, flush=True)
