"""What `/patreon images` says."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import discord

from cogs.embeds import LONGEST_DESCRIPTION, ago, day
from cogs.sync_words import bar
from cogs.text import counted, fit_lines
from core.gallery import ImagesReport
from core.image_rows import ImageCounts
from core.image_words import KINDS, NAMES, REASONS, by_number, size_words
from core.images import ImageFailure, ImageKind

_BLUE, _GREEN, _YELLOW = 0x5865F2, 0x3BA55D, 0xFAA61A
_NOTHING = (
    "Patreon has named no pictures of the campaigns that this server follows. `/patreon sync` "
    "reads what it has."
)


def refreshing_embed(so_far: ImagesReport) -> discord.Embed:
    """Show how far a refresh is."""
    wanted = max(so_far.checked - so_far.fresh, so_far.done)
    lines = [
        f"`{bar(so_far.done, wanted)}`",
        f"**{so_far.done:,}** of {counted(wanted, 'picture')}",
        f"{_got(so_far)} · {_failed(so_far):,} failed",
    ]
    return discord.Embed(title="⏳ Fetching pictures…", description="\n".join(lines), colour=_BLUE)


def refreshing_long_embed() -> discord.Embed:
    """Say that this reply ends before the refresh does."""
    return discord.Embed(
        title="⏳ Still fetching pictures",
        description=(
            "Discord lets a reply change for 15 minutes only, so this one stays as it is. "
            "`/patreon images status` shows what is left."
        ),
        colour=_BLUE,
    )


def refreshed_embed(report: ImagesReport, *, took: timedelta) -> discord.Embed:
    """Tell how a refresh ended."""
    failed = _failed(report)
    title = "✅ Pictures refreshed"
    if failed:
        title = "⚠️ Pictures refreshed in part"
    lines = [
        f"Checked: {counted(report.checked, 'picture')} · {report.fresh:,} were here already",
        _got(report),
        f"Links renewed: {report.renewed:,}",
        f"Downloaded: {size_words(report.size_bytes)} in {took.total_seconds():.1f} seconds",
    ]
    if not report.checked and not report.done:
        lines = [_NOTHING]
    return discord.Embed(
        title=title,
        description=fit_lines([*lines, *_reasons(report.failures)], LONGEST_DESCRIPTION),
        colour=_YELLOW if failed else _GREEN,
    )


def images_embed(counts: Mapping[ImageKind, ImageCounts], *, max_bytes: int) -> discord.Embed:
    """Show how the pictures are; `max_bytes` is what those of all campaigns may take."""
    failures: Counter[ImageFailure] = Counter()
    for one in counts.values():
        failures.update(one.failures)
    lines = [_kind_line(NAMES[kind], counts[kind]) for kind in KINDS.values() if kind in counts]
    if counts:
        lines += ["", *_sizes(counts, max_bytes)]
    else:
        lines = [_NOTHING]
    return discord.Embed(
        title="Pictures",
        description=fit_lines([*lines, *_reasons(failures)], LONGEST_DESCRIPTION),
        colour=_YELLOW if failures else _BLUE,
    )


def _got(report: ImagesReport) -> str:
    return (
        f"{report.fetched:,} fetched · {report.unchanged:,} unchanged · "
        f"{report.replaced:,} replaced by others"
    )


def _failed(report: ImagesReport) -> int:
    return sum(report.failures.values())


def _kind_line(name: str, counts: ImageCounts) -> str:
    failed = sum(counts.failures.values())
    return (
        f"**{name.capitalize()}s**: {counts.known:,} known · {counts.cached:,} here · "
        f"{counts.waiting:,} waiting · {failed:,} failed"
    )


def _sizes(counts: Mapping[ImageKind, ImageCounts], max_bytes: int) -> list[str]:
    taken = sum(one.size_bytes for one in counts.values())
    lines = [
        f"Size: {size_words(taken)}; all pictures of this bot may take {size_words(max_bytes)}"
    ]
    oldest = [one.oldest_fetched_at for one in counts.values() if one.oldest_fetched_at]
    if oldest:
        lines.append(f"Oldest: fetched on {day(min(oldest))} ({ago(min(oldest))})")
    expiries = [one.next_expires_at for one in counts.values() if one.next_expires_at]
    if expiries:
        lines.append(f"Next link to expire: {day(min(expiries))} ({ago(min(expiries))})")
    return lines


def _reasons(failures: Mapping[ImageFailure, int]) -> list[str]:
    """Say what could not be had and why, the most frequent reason first."""
    lines = [f"• {count:,} × {REASONS[reason]}" for reason, count in by_number(failures)]
    return ["", "**What could not be had**", *lines] if lines else []
