"""Lines in Discord's dialect: runs become text that is whole by itself and fits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import dropwhile, groupby, pairwise

from markup.discord_escape import (
    BREAK,
    code_span,
    guard,
    joins,
    pieces,
    units,
)
from markup.nodes import Kind, Link, Run, Runs, Style, text_of
from markup.urls import guarded

PICTURE = "🖼"
"""Stands before the description of a picture that is not shown in its place."""

_MARKERS = {
    Style.UNDERLINE: "__",
    Style.STRIKE: "~~",
    Style.STRONG: "**",
    Style.EMPHASIS: "*",
}
_LONGEST_WORD = 300
_LONGEST_LINK = 1_200
_LONGEST_SIGN = 64
_MOST_GUARDS = 3
"""Characters around text of one style that keep it from running together with its neighbours."""
_OPENINGS = {
    style: "".join(marker for each, marker in _MARKERS.items() if each in style)
    for style in map(Style, range(16))
}
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")


@dataclass(frozen=True, slots=True)
class _Atom:
    """A piece of a line that is never cut: a word, the space behind it, code or a link.

    `size` is the most that it can take, in UTF-16 units, without its style and what guards it.
    """

    text: str
    size: int
    style: Style = Style.PLAIN
    is_space: bool = False
    is_word: bool = False


def lines_of(runs: Runs, width: int) -> list[str]:
    """Write runs as lines of at most `width` UTF-16 units, at least 1,300.

    What is longer is cut behind a sentence, else a word, else anywhere. Every line closes what it
    opens. There is no empty line at either end, and never more than one between others.
    """
    lines: list[str] = []
    for line in _split(runs):
        for row in _wrapped(_atoms(line), width):
            if row or (lines and lines[-1]):
                lines.append(row)
    return lines if not lines or lines[-1] else lines[:-1]


def _split(runs: Runs) -> Iterator[list[Run]]:
    """Part runs where a line breaks."""
    line: list[Run] = []
    for run in runs:
        first, *others = run.text.split("\n")
        line.append(Run(first, run.kind, run.style, run.link))
        for text in others:
            yield line
            line = [Run(text, run.kind, run.style, run.link)]
    yield line


def _atoms(line: Iterable[Run]) -> Iterator[_Atom]:
    for link, runs in groupby(line, key=lambda run: run.link):
        if link is None or link.url is None:
            for run in runs:
                yield from _run_atoms(run)
        else:
            yield from _link_atoms(tuple(runs), link, guarded(link.url))


def _run_atoms(run: Run) -> Iterator[_Atom]:
    if run.kind is Kind.CODE:
        for start in range(0, len(run.text), _LONGEST_WORD):
            code = code_span(run.text[start : start + _LONGEST_WORD])
            is_risky = any(marker in code for marker in "*_~")
            yield _unit(code, Style.PLAIN if is_risky else run.style)
    else:
        text = f"{PICTURE} {run.text}" if run.kind is Kind.PICTURE else run.text
        yield from _words(text, run.style)


def _words(text: str, style: Style) -> Iterator[_Atom]:
    word: list[str] = []
    length = 0
    for piece in pieces(text):
        is_space = piece.isspace()
        if word and (is_space or _is_full(length, piece, word[-1])):
            yield _word("".join(word), style)
            word, length = [], 0
        if is_space:
            yield _Atom(piece, 1, style, is_space=True)
        else:
            word.append(piece)
            length += len(piece)
    if word:
        yield _word("".join(word), style)


def _is_full(length: int, piece: str, before: str) -> bool:
    if length < _LONGEST_WORD:
        return False
    return length >= _LONGEST_WORD + _LONGEST_SIGN or not joins(piece[0], before[-1])


def _word(text: str, style: Style) -> _Atom:
    return _Atom(text, units(text), style, is_word=True)


def _unit(text: str, style: Style) -> _Atom:
    """Make an atom of code or a link, which may have to be kept apart from the one before."""
    return _Atom(text, units(text) + 1, style)


def _link_atoms(label: Runs, link: Link, target: str) -> Iterator[_Atom]:
    words = text_of(label)
    style = label[0].style
    for run in label:
        style &= run.style
    if not words or words.rstrip("/") in {link.written.rstrip("/"), str(link.url).rstrip("/")}:
        yield _unit(f"<{target}>", style)
        return
    inner = [Run(run.text, run.kind, run.style & ~style) for run in label]
    masked = f"[{_written([atom for run in inner for atom in _run_atoms(run)])}]({target})"
    # Discord shows a label with an address or brackets as plain text; so the target is in sight.
    if "://" in words or "[" in words or "]" in words or units(masked) > _LONGEST_LINK:
        for run in label:
            yield from _run_atoms(run)
        yield _Atom(" ", 1, is_space=True)
        yield _unit(f"(<{target}>)", style)
    else:
        yield _unit(masked, style)


def _wrapped(atoms: Iterable[_Atom], width: int) -> list[str]:
    rows: list[str] = []
    row: list[_Atom] = []
    used = 0
    for atom in atoms:
        if not row and atom.is_space:
            continue
        if row and used + _cost(atom, row[-1]) > width:
            end = _best_end(row, used)
            rows.append(_written(row[:end]))
            row = list(dropwhile(lambda each: each.is_space, row[end:]))
            used = sum(_cost(each, before) for each, before in zip(row, [None, *row], strict=False))
        used += _cost(atom, row[-1] if row else None)
        row.append(atom)
    rows.append(_written(row))
    return rows


def _cost(atom: _Atom, before: _Atom | None) -> int:
    """Count the most that an atom adds to a row."""
    if before is not None and before.style == atom.style:
        return atom.size
    return atom.size + 2 * len(_OPENINGS[atom.style]) + _MOST_GUARDS


def _best_end(row: list[_Atom], used: int) -> int:
    """Find where to cut a full row: behind its last sentence, if that fills half of it."""
    left = used
    word_end = None
    for index in range(len(row) - 1, 0, -1):
        left -= row[index].size
        if left < used / 2:
            break
        if row[index].is_space:
            word_end = word_end or index
            if row[index - 1].is_word and row[index - 1].text.endswith(_SENTENCE_ENDS):
                return index
    return word_end or len(row)


def _written(atoms: list[_Atom]) -> str:
    """Write atoms one after the other, with every style opened and closed around its own."""
    written: list[str] = []
    before = Style.PLAIN
    for style, group in groupby(_spaced(atoms), key=lambda atom: atom.style):
        content = _content(list(group), is_start=bool(style) or not written)
        if style and before:
            written.append(BREAK)
        written.append(_marked(content, style))
        before = style
    return "".join(written)


def _content(atoms: list[_Atom], *, is_start: bool) -> str:
    first = atoms[0]
    written = [guard(first.text) if is_start and first.is_word else first.text]
    for atom in atoms[1:]:
        if written[-1].endswith("`") and atom.text.startswith("`"):
            written.append(BREAK)
        written.append(atom.text)
    return "".join(written)


def _spaced(atoms: list[_Atom]) -> list[_Atom]:
    """Drop space at either end, and take the style off space that is not between equals."""
    words = [index for index, atom in enumerate(atoms) if not atom.is_space]
    if not words:
        return []
    spaced = atoms[words[0] : words[-1] + 1]
    for left, right in pairwise(word - words[0] for word in words):
        if any(atom.style != spaced[left].style for atom in spaced[left + 1 : right + 1]):
            for index in range(left + 1, right):
                spaced[index] = _Atom(spaced[index].text, 1, is_space=True)
    return spaced


def _marked(content: str, style: Style) -> str:
    if not style:
        return content
    opening = _OPENINGS[style]
    end = BREAK if content[-1] in "*_~" else ""
    return f"{opening}{content}{end}{opening[::-1]}"
