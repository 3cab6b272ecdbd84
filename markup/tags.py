"""HTML in pieces: text and tags, however broken, in linear time.

The standard library's parser is not used: on Python 3.11 unclosed tags cost it the square of their
number, and a long number of a character reference an error.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_TAG = 20_000
"""Characters of a tag that are looked at before it is taken for text."""

_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:-]*)")
_SPACE = re.compile(r"[\s/]*")
_KEY = re.compile(r"[^\s/>=][^\s/>=]*")
_VALUE = re.compile(r"\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"'][^\s>]*)?)")


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag by its lower-case name; an end tag has no attributes."""

    name: str
    is_end: bool = False
    attributes: dict[str, str] = field(default_factory=dict)


def pieces_of(source: str) -> Iterator[str | Tag]:
    """Give the text, with its character references resolved, and the tags of `source` in order.

    Comments and declarations are left out, and so is what `script` and `style` hold. What begins
    like a tag and does not end like one is text.
    """
    position = 0
    last_end = source.rfind(">")
    while (start := source.find("<", position)) != -1 and start < last_end:
        if start > position:
            yield resolve(source[position:start])
        piece, position = _markup(source, start)
        if piece is not None:
            yield piece
        if isinstance(piece, Tag) and piece.name in {"script", "style"} and not piece.is_end:
            position = _end_of_raw(source, position, piece.name)
    if position < len(source):
        yield resolve(source[position:])


def resolve(text: str) -> str:
    """Resolve character references; text with one that is absurdly long stays as it is."""
    if "&" not in text:
        return text
    try:
        return html.unescape(text)
    except ValueError:
        return text


def _markup(source: str, start: int) -> tuple[str | Tag | None, int]:
    """Read what begins with the bracket at `start`: what it is, and where it ends."""
    if source.startswith("<!--", start):
        end = source.find("-->", start + 4)
        return (None, end + 3) if end != -1 else (None, len(source))
    if source.startswith(("<!", "<?"), start):
        return None, source.find(">", start) + 1
    name = _NAME.match(source, start)
    if name is None:
        return "<", start + 1
    return _tag(source, start, name)


def _tag(source: str, start: int, name: re.Match[str]) -> tuple[str | Tag, int]:
    position = name.end()
    limit = min(len(source), start + MOST_TAG)
    attributes: dict[str, str] = {}
    while True:
        position = _end_of(_SPACE, source, position, limit)
        if source.startswith(">", position) and position < limit:
            is_end = source.startswith("</", start)
            return Tag(name[1].lower(), is_end, {} if is_end else attributes), position + 1
        key = _KEY.match(source, position, limit)
        if key is None:
            return resolve(source[start : position + 1]), position + 1
        position = key.end()
        value = _VALUE.match(source, position, limit)
        position = value.end() if value else position
        written = (
            next((group for group in value.groups() if group is not None), "") if value else ""
        )
        attributes.setdefault(key[0].lower(), resolve(written))


def _end_of(pattern: re.Pattern[str], source: str, position: int, limit: int) -> int:
    match = pattern.match(source, position, limit)
    return match.end() if match else position


def _end_of_raw(source: str, start: int, name: str) -> int:
    """Find where the end tag of `script` or `style` begins: what is before it is no text."""
    match = re.compile(f"</{name}", re.IGNORECASE).search(source, start)
    return match.start() if match else len(source)
