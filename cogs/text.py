"""Text of other people, made safe to show: nothing in it is markup, a mention or a link."""

import re
from collections.abc import Iterable, Iterator

from core.names import visible

_BREAK = "\N{ZERO WIDTH SPACE}"
_MARKUP = frozenset("\\*_~|`<>[]:")
_STARTS_LINE = frozenset("#-+")
_NUMBERED = re.compile(r"\s*\d+(?=[.)])")


def plain(text: str) -> str:
    """Keep what is visible of `text`, on one line with single spaces."""
    return visible(text)


def plain_lines(text: str) -> str:
    """Keep what is visible of `text`, line by line, without empty lines at either end."""
    return "\n".join(plain(line) for line in text.splitlines()).strip("\n")


def escape(text: str, limit: int | None = None) -> str:
    """Write `text` on one line so that Discord shows it exactly as it reads.

    Markdown, mentions, timestamps, emoji, masked and bare links all lose their meaning. With
    `limit` the result has at most so many UTF-16 units (at least as many as the characters that
    Discord counts) and ends in an ellipsis where it was cut, never inside an escape.

    Source: docs.discord.com, "Message Formatting"; a backslash takes the meaning off any
    punctuation that follows it.
    """
    return _fit(_pieces(plain(text)), limit)


def escape_lines(text: str, limit: int | None = None) -> str:
    """Do what `escape` does, and keep the line breaks."""
    return _fit(_pieces(plain_lines(text)), limit)


def cut(text: str, limit: int) -> str:
    """Shorten text that shows no markup (a choice, a label) to `limit` UTF-16 units."""
    return _fit(iter(text), limit)


def units(text: str) -> int:
    """Count UTF-16 units: never fewer than the characters that Discord counts."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def fit_lines(lines: Iterable[str], limit: int) -> str:
    """Join as many whole lines as fit into `limit` UTF-16 units, and say how many did not."""
    every = list(lines)
    kept: list[str] = []
    used = 0
    for index, line in enumerate(every):
        left = len(every) - index - 1
        reserve = units(_more(left)) + 1 if left else 0
        if used + units(line) + reserve > limit:
            return "\n".join([*kept, _more(left + 1)])
        kept.append(line)
        used += units(line) + 1
    return "\n".join(kept)


def counted(count: int, noun: str) -> str:
    """Write a number of things, such as "1 post" or "1,200 posts"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _more(count: int) -> str:
    return f"… and {count} more"


def _pieces(text: str) -> Iterator[str]:
    """Give `text` in pieces that must not be cut; each stands for one character."""
    for number, line in enumerate(text.split("\n")):
        if number:
            yield "\n"
        digits = _NUMBERED.match(line)
        dangerous_dot = digits.end() if digits else -1
        first = len(line) - len(line.lstrip())
        for index, character in enumerate(line):
            if character == "@":
                yield character + _BREAK
            elif (
                character in _MARKUP
                or (character in _STARTS_LINE and index == first)
                or index == dangerous_dot
            ):
                yield "\\" + character
            else:
                yield character


def _fit(pieces: Iterator[str], limit: int | None) -> str:
    if limit is None:
        return "".join(pieces)
    kept: list[str] = []
    used = whole = 0
    for piece in pieces:
        used += units(piece)
        if used > limit:
            return "".join(kept[:whole]).rstrip() + "…"
        kept.append(piece)
        whole = len(kept) if used < limit else whole
    return "".join(kept)
