"""What a reader of the draft should know: what a target shows otherwise, what looks wrong."""

import re
from collections.abc import Iterator
from itertools import chain

from core.typesetting import Finding, Remark
from markup.clean import detail
from markup.nodes import (
    Block,
    Blocks,
    Code,
    Heading,
    Kind,
    Listing,
    Paragraph,
    Quote,
    Rule,
    Run,
    Runs,
    Table,
    text_of,
)

MOST_FINDINGS = 50
"""Different findings of one body; more would say nothing new."""

_MENTION = re.compile(
    r"(?<![\w.+-])@[^\W_][\w.-]{0,40}|<(?:@[!&]?|#|a?:\w{1,32}:|/[^<>:\n]{1,60}:|t:|id:)[^<>\s]{1,40}>"
)
_LOST_LINK = re.compile(r"\[[^\[\]\n]{0,60}\]\([^()\n]{0,60}\)?")
_DEEPEST_HEADING = 3


def findings_of(blocks: Blocks) -> tuple[Finding, ...]:
    """Remark on every place once, in the text's order, up to `MOST_FINDINGS`.

    The order within a paragraph is that of its runs.
    """
    seen: dict[Finding, None] = {}
    is_too_much = False
    for remark, quoted in _of_blocks(blocks, is_quoted=False):
        if remark is Remark.TOO_MUCH:
            # It goes on to the end: where it begins is all that there is to say.
            if is_too_much:
                continue
            is_too_much = True
        seen.setdefault(Finding(remark, detail(quoted)))
        if len(seen) == MOST_FINDINGS:
            break
    return tuple(seen)


def _of_blocks(blocks: Blocks, *, is_quoted: bool) -> Iterator[tuple[Remark, str]]:
    for block in blocks:
        yield from _of_block(block, is_quoted=is_quoted)


def _of_block(block: Block, *, is_quoted: bool) -> Iterator[tuple[Remark, str]]:
    match block:
        case Paragraph() | Heading():
            yield from _of_text(block)
        case Quote(blocks):
            if is_quoted:
                yield Remark.TOO_DEEP, "quote in a quote"
            yield from _of_blocks(blocks, is_quoted=True)
        case Listing(items):
            for item in items:
                yield from _of_blocks(item, is_quoted=is_quoted)
        case Table(header, rows):
            words = " | ".join(text_of(cell) for cell in header or rows[0])
            yield Remark.TABLE, words
            if block.too_much:
                yield Remark.TOO_MUCH, words
            for cell in chain(header, *rows):
                yield from _of_runs(cell)
        case Rule():
            yield Remark.RULE, "───"
        case Code():
            pass


def _of_text(block: Paragraph | Heading) -> Iterator[tuple[Remark, str]]:
    if isinstance(block, Heading) and block.level > _DEEPEST_HEADING:
        yield Remark.DEEP_HEADING, text_of(block.runs)
    if isinstance(block, Paragraph) and block.too_deep:
        yield Remark.TOO_DEEP, text_of(block.runs)
    if block.too_much:
        yield Remark.TOO_MUCH, text_of(block.runs)
    yield from _of_runs(block.runs)


def _of_runs(runs: Runs) -> Iterator[tuple[Remark, str]]:
    link = None
    for run in runs:
        if run.link is not link:
            link = run.link
            if link is not None and link.url is None:
                yield Remark.BROKEN_LINK, link.written or run.text
        yield from _of_run(run)


def _of_run(run: Run) -> Iterator[tuple[Remark, str]]:
    if run.kind is Kind.PICTURE:
        yield Remark.IMAGE, run.text
    elif run.kind is Kind.HTML:
        yield Remark.HTML, run.text
    elif run.kind is Kind.TEXT and not (run.link and run.link.written == run.text):
        for match in _MENTION.finditer(run.text):
            yield Remark.UNKNOWN_MENTION, match[0]
        for match in _LOST_LINK.finditer(run.text):
            yield Remark.BROKEN_LINK, match[0]
