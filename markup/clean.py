"""Text without what nobody sees or what climbs over its neighbours."""

import unicodedata
from collections.abc import Iterable

LONGEST_DETAIL = 60
"""Characters of a finding's detail."""

_MOST_MARKS = 4
_NEWLINES = "\r\x0b\x0c\x85\u2028\u2029"
_INVISIBLE: tuple[Iterable[int], ...] = (
    range(0x09),
    range(0x0E, 0x20),
    range(0x7F, 0x85),
    range(0x86, 0xA0),
    (0xAD, 0x61C, 0x180E, 0x200B, 0xFEFF),
    range(0x202A, 0x202F),
    range(0x2060, 0x2070),
    range(0xFFF9, 0xFFFC),
    range(0xE0000, 0xE0080),
)
"""Controls, and formats that turn the direction or hide; joiners and direction marks stay, since
Persian, Hebrew and emoji are written with them. Source: Unicode's general categories Cc and Cf.
"""
_TABLE: dict[int, str | None] = {
    **{code: None for codes in _INVISIBLE for code in codes},
    **dict.fromkeys(map(ord, _NEWLINES), "\n"),
    **dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"),
}


def clean(text: str) -> str:
    """Drop controls and direction overrides, and keep few marks on a letter.

    Every kind of line end becomes a newline. What comes back can be written as UTF-8 and holds no
    zero-width space.
    """
    if text.isascii() and text.isprintable():
        return text
    return _without_stacked_marks(text.replace("\r\n", "\n").translate(_TABLE))


def detail(text: str) -> str:
    """Quote `text` for a finding: plain, short, on one line."""
    shown = " ".join(clean(text[: 4 * LONGEST_DETAIL]).split())
    return shown if len(shown) <= LONGEST_DETAIL else shown[: LONGEST_DETAIL - 1].rstrip() + "…"


def _without_stacked_marks(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character)[0] == "M" else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)
