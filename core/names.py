"""Text of other people as a reader sees it."""

import unicodedata

LONGEST_NAME = 80

_JOINER = "\N{ZERO WIDTH JOINER}"  # Holds emoji of several people together.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs without a shape. Source: Unicode's list of Default_Ignorable_Code_Point (the
Hangul fillers), and BRAILLE PATTERN BLANK.
"""
_MOST_MARKS = 3


def visible(text: str) -> str:
    """Keep what is visible of `text`, on one line with single spaces."""
    kept = "".join(
        " " if _is_blank(character) else character
        for character in unicodedata.normalize("NFC", text)
    )
    return " ".join(kept.split())


def display_name(name: str | None) -> str:
    """Give a name that is safe to print: one line, visible characters, bounded, never empty."""
    shown = _without_stacked_marks(visible(name or ""))
    if len(shown) > LONGEST_NAME:
        shown = shown[: LONGEST_NAME - 1].rstrip() + "…"
    return shown if any(_has_shape(character) for character in shown) else "Someone"


def _is_blank(character: str) -> bool:
    is_control = unicodedata.category(character)[0] == "C" and character != _JOINER
    return is_control or character in _BLANKS


def _has_shape(character: str) -> bool:
    """Whether a character shows by itself: a joiner, a mark or a space does not."""
    return unicodedata.category(character)[0] not in "CMZ"


def _without_stacked_marks(text: str) -> str:
    """Keep few combining marks in a row: more climb over the lines around."""
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)
