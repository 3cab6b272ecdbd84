"""Writing Discord's dialect: a tree becomes blocks that are whole by themselves.

Source: docs.discord.com, "Message Formatting", and Discord's own help on Markdown: three levels of
headings, one of quotes, lists, code; no tables, pictures in text, rules or HTML.
"""

import re
from itertools import groupby

from markup.discord_escape import BREAK, disarmed_code
from markup.discord_line import lines_of
from markup.discord_packing import FENCE, LONGEST_BLOCK, Strip, packed
from markup.nodes import (
    Block,
    Blocks,
    Code,
    Heading,
    Listing,
    Paragraph,
    Quote,
    Rule,
    Run,
    Runs,
    Style,
    Table,
)
from markup.tables import grid_of, rows_of

_DEEPEST_HEADING = 3
_RULE = "─" * 12
_QUOTE = "> "
_INNER_QUOTE = "\\> "
_AROUND_CODE = 100
"""More than fences, the language and a quote's prefixes take around a line of code."""

_LANGUAGE = re.compile(r"[a-z0-9_+.#-]{1,20}", re.IGNORECASE)


def write_discord(blocks: Blocks) -> tuple[str, ...]:
    """Write every block of the tree as one text or, where it is too long, as several."""
    return tuple(
        text for block in blocks for text in packed(_strips(block, LONGEST_BLOCK, is_quoted=False))
    )


def _strips(block: Block, width: int, *, is_quoted: bool) -> list[Strip]:
    match block:
        case Paragraph() | Heading() | Rule():
            return [Strip(_lines(block, width))]
        case Code(text, language):
            return [_code(text, language, width)]
        case Quote(blocks):
            return _quote(blocks, width, is_quoted=is_quoted)
        case Listing():
            return _listing(block, width, "", is_quoted=is_quoted)
        case Table():
            return _table(block, width)


def _lines(block: Paragraph | Heading | Rule, width: int) -> tuple[str, ...]:
    match block:
        case Paragraph(runs):
            return tuple(lines_of(runs, width))
        case Heading(level, runs):
            return _heading(level, runs, width)
        case Rule():
            return (_RULE,)


def _heading(level: int, runs: Runs, width: int) -> tuple[str, ...]:
    flat = _on_one_line(runs)
    if level > _DEEPEST_HEADING:
        return tuple(lines_of(_bold(flat), width))
    mark = "#" * level + " "
    lines = lines_of(flat, width - len(mark) - len(BREAK))
    # Discord drops the signs that a heading ends in.
    return tuple(mark + line + (BREAK if line.endswith("#") else "") for line in lines)


def _bold(runs: Runs) -> Runs:
    return tuple(Run(run.text, run.kind, run.style | Style.STRONG, run.link) for run in runs)


def _on_one_line(runs: Runs) -> Runs:
    return tuple(Run(run.text.replace("\n", " "), run.kind, run.style, run.link) for run in runs)


def _code(text: str, language: str, width: int) -> Strip:
    fence = FENCE + language if _LANGUAGE.fullmatch(language) else FENCE
    room = (width - _AROUND_CODE) // 2
    lines: list[str] = []
    for line in text.split("\n"):
        # A character takes up to two units, or one and the space that breaks up a fence.
        parts = [line[start : start + room] for start in range(0, len(line), room)]
        lines += [disarmed_code(part) for part in parts or [""]]
    return Strip(tuple(lines), fence)


def _quote(blocks: Blocks, width: int, *, is_quoted: bool) -> list[Strip]:
    prefix = _INNER_QUOTE if is_quoted else _QUOTE
    strips: list[Strip] = []
    for block in blocks:
        if strips:
            strips.append(Strip(("",)))
        strips += _strips(block, width - len(prefix), is_quoted=True)
    if not is_quoted:
        return [Strip(each.lines, each.fence, prefix) for each in strips]
    return [
        each if each.fence else Strip(tuple(prefix + line for line in each.lines))
        for each in strips
    ]


def _listing(listing: Listing, width: int, indent: str, *, is_quoted: bool) -> list[Strip]:
    strips: list[Strip] = []
    for position, item in enumerate(listing.items):
        mark = "- " if listing.start is None else f"{listing.start + position}. "
        strips += _item(item, width, indent, mark, is_quoted=is_quoted)
    return strips


def _item(blocks: Blocks, width: int, indent: str, mark: str, *, is_quoted: bool) -> list[Strip]:
    """Write an item; what Discord does not show inside of one comes behind it, not indented."""
    inner = indent + " " * len(mark)
    strips: list[Strip] = []
    if not blocks or not isinstance(blocks[0], Paragraph | Heading):
        strips.append(Strip((indent + mark + BREAK,)))
    for block in blocks:
        match block:
            case Paragraph(runs) | Heading(_, runs):
                text = runs if isinstance(block, Paragraph) else _bold(_on_one_line(runs))
                lines = [line for line in lines_of(text, width - len(inner)) if line]
                starts = [inner if strips else indent + mark] + [inner] * len(lines)
                strips.append(Strip(tuple(map(str.__add__, starts, lines))))
            case Listing():
                strips += _listing(block, width, inner, is_quoted=is_quoted)
            case _:
                strips += _strips(block, width, is_quoted=is_quoted)
    return _together(strips)


def _together(strips: list[Strip]) -> list[Strip]:
    """Make one strip of those that follow one another and are no code, as far as they fit."""
    merged: list[Strip] = []
    for (fence, prefix), alike in groupby(strips, key=lambda strip: (strip.fence, strip.prefix)):
        if fence is None:
            merged.append(Strip(tuple(line for each in alike for line in each.lines), None, prefix))
        else:
            merged += alike
    return merged


def _table(table: Table, width: int) -> list[Strip]:
    grid = grid_of(table)
    if grid is not None:
        return [_code(grid, "", width)]
    strips: list[Strip] = []
    for row in rows_of(table):
        strips += [Strip(("",)), Strip(tuple(lines_of(row, width)))]
    return strips
