"""Words and code in Discord's dialect: nothing in them is markup or a mention.

Source: docs.discord.com, "Message Formatting"; a backslash takes the meaning off any punctuation
that follows it.
"""

import re
import unicodedata
from collections.abc import Iterator

BREAK = "\N{ZERO WIDTH SPACE}"
"""What keeps characters apart that would mean something together; nobody sees it."""

_PIECE = re.compile(r"\s|[^\s\\*_~|`<>\[\]@:]{1,100}|[\\*_~|`<>\[\]@:]")
_MARKUP = frozenset("\\*_~|`>[]")
_PINGED = ("everyone", "here")
_STARTS_LINE = re.compile(r"[#+-]|\d+(?=[.)])")
_ARMED_IN_CODE = re.compile(r"@(?=everyone|here)|<(?=[@#])", re.IGNORECASE)
_FENCE = re.compile(r"``(?=`)")


def units(text: str) -> int:
    """Count UTF-16 units: never fewer than the characters that Discord counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def pieces(text: str) -> Iterator[str]:
    """Give `text` in short pieces: spaces, harmless characters, and others, one by one, with what
    takes their meaning off.

    What is harmless but for the beginning of a line stays: `guard` is for that.
    """
    for match in _PIECE.finditer(text):
        piece = match[0]
        following = text[match.end() : match.end() + 1]
        if piece in _MARKUP:
            yield "\\" + piece
        elif piece == "@":
            yield piece if _is_in_mail(text, match.start()) else piece + BREAK
        elif piece == "<":
            yield "\\<" if following.isspace() or following.isdigit() else "\\<" + BREAK
        elif piece == ":" and following.strip():
            yield "\\:"
        else:
            yield piece


def guard(escaped: str) -> str:
    """Take the meaning off what would begin a heading, an item or small print."""
    match = _STARTS_LINE.match(escaped)
    if match is None:
        return escaped
    at = 0 if match[0] in "#+-" else match.end()
    return f"{escaped[:at]}\\{escaped[at:]}"


def joins(character: str, before: str) -> bool:
    """Whether a character forms one sign with the one before it."""
    return (
        "\N{ZERO WIDTH JOINER}" in {before, character}
        or unicodedata.category(character)[0] == "M"
        or 0x1F3FB <= ord(character) <= 0x1F3FF
    )


def code_span(text: str) -> str:
    """Write code within a line."""
    text = disarmed_code(text).replace("``", f"`{BREAK}`")
    if "`" not in text:
        return f"`{text}`"
    text = BREAK + text if text.startswith("`") else text
    text = text + BREAK if text.endswith("`") else text
    return f"``{text}``"


def disarmed_code(text: str) -> str:
    """Break up mentions and fences in code."""
    return _ARMED_IN_CODE.sub(rf"\g<0>{BREAK}", _FENCE.sub(f"``{BREAK}", text))


def _is_in_mail(text: str, index: int) -> bool:
    following = text[index + 1 : index + 10].lower()
    before = text[index - 1 : index]
    return before.isalnum() and following[:1].isalnum() and not following.startswith(_PINGED)
