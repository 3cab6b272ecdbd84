"""Text as both databases can keep and compare it."""

import unicodedata
from collections.abc import Iterable

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean(text: str) -> str:
    """Replace what no database takes: NUL and lone surrogates.

    Source: postgresql.org, "Character Types": the character with code zero cannot be stored.
    """
    if text.isascii() and "\x00" not in text:
        return text
    if "\x00" in text:
        text = text.replace("\x00", _REPLACEMENT)
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_REPLACEMENT if "\ud800" <= c <= "\udfff" else c for c in text)
    return text


def clean_all(texts: Iterable[str]) -> list[str]:
    """Do as `clean` for many texts, which costs little more than for one when nothing is wrong."""
    found = list(texts)
    together = "".join(found)
    if together.isascii() and "\x00" not in together:
        return found
    return [clean(text) for text in found]


def fold(text: str) -> str:
    """Spell a name so that equal folded names are the same name to a person who searches.

    Case, full-width and composed forms disappear; accents stay. Both databases compare the
    result byte by byte, so neither one's own idea of case matters.
    """
    if text.isascii() and "\x00" not in text:
        return text.lower()
    composed = unicodedata.normalize("NFKC", clean(text))
    return unicodedata.normalize("NFKC", composed.casefold())
