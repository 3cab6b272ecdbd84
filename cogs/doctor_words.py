"""What `/patreon doctor` says."""

from collections.abc import Sequence

import discord

from cogs.embeds import ago
from cogs.text import counted, escape, units
from core.doctor.checks import Check, Outcome, counts
from core.doctor.examine import Examination

LONGEST_PAGE = 3_600
MOST_ON_PAGE = 16
_LONGEST_FOUND = 260
_LONGEST_CURE = 300
_LONGEST_ABOUT = 60

_SIGNS = {Outcome.FAIL: "🔴", Outcome.WARN: "🟡", Outcome.OK: "🟢", Outcome.SKIP: "⚪"}
_COLOURS = {Outcome.FAIL: 0xED4245, Outcome.WARN: 0xFAA61A, Outcome.OK: 0x3BA55D}


def doctor_embed(done: Examination, page: int) -> discord.Embed:
    """Show a page, counted from 0; one that there is not shows the last."""
    every = pages(done.checks)
    page = min(page, len(every) - 1)
    tally = counts(done.checks)
    worst = next((o for o in (Outcome.FAIL, Outcome.WARN) if tally[o]), Outcome.OK)
    embed = discord.Embed(
        title=_headline(tally[Outcome.FAIL], tally[Outcome.WARN]),
        description=f"Examined {ago(done.at)}.\n{every[page]}",
        colour=_COLOURS[worst],
    )
    embed.set_footer(
        text=f"{len(done.checks)} checks: {tally[Outcome.OK]} well, {tally[Outcome.SKIP]} not "
        f"tried · page {page + 1} of {len(every)}"
    )
    return embed


def pages(checks: Sequence[Check]) -> list[str]:
    """Lay checks out, in the order given, each below its group's name."""
    every: list[list[str]] = [[]]
    used = count = 0
    group = None
    for check in checks:
        entry = _entry(check)
        is_full = count == MOST_ON_PAGE or used + units(entry) + 40 > LONGEST_PAGE
        if is_full and count:
            every.append([])
            used = count = 0
            group = None
        if check.group is not group:
            group = check.group
            every[-1].append(f"**{group.value.capitalize()}**")
            used += units(every[-1][-1]) + 1
        every[-1].append(entry)
        used += units(entry) + 1
        count += 1
    return ["\n".join(lines) for lines in every]


def _entry(check: Check) -> str:
    about = f" ({escape(check.about, _LONGEST_ABOUT)})" if check.about else ""
    line = f"{_SIGNS[check.result]} {escape(check.title)}{about}: "
    line += escape(check.found, _LONGEST_FOUND)
    return line + (f"\n> {escape(check.cure, _LONGEST_CURE)}" if check.cure else "")


def _headline(problems: int, warnings: int) -> str:
    if problems:
        return f"🔴 {counted(problems, 'problem')} to solve"
    if warnings:
        return f"🟡 Working, with {counted(warnings, 'thing')} to look at"
    return "🟢 All is well"
