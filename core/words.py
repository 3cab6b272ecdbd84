"""The words of an announcement as a guild writes them: plain text with variables in braces."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from typing import Protocol

from core.changes import Kind
from core.errors import UserError
from core.names import visible

LONGEST_TITLE = 200
LONGEST_TEXT = 1_500
"""UTF-16 units, of the written words and of what is made of them."""

VARIABLES: Mapping[str, str] = {
    "name": "the member's name",
    "first_name": "the first word of the name",
    "membership": "“patron”, “free member”, “gift member” or “trial member”",
    "tier": "the tier now, or the last one",
    "tier_before": "the tier before",
    "campaign": "the campaign's name",
    "amount": "what the member pays, in the campaign's currency",
    "since": "the day on which the membership began",
    "months": "for how many whole months",
    "until": "the day on which paid access ends or the next payment is due",
    "count": "how many patrons the campaign has",
}
"""Every variable, with what stands in its place."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,29}")


class Variant(StrEnum):
    """Who reads the words: everybody in the feed, or the team in the staff channel."""

    PUBLIC = "public"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A title and a text, each with variables such as `{name}`; `{{` stands for a brace.

    Everything else is plain text: markup and mentions in it mean nothing.
    """

    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """What has words of its own: the announcements of a link, of a kind, for one audience."""

    link_id: int
    kind: Kind
    variant: Variant


class StoredWords(Protocol):
    """The words that guilds wrote."""

    async def of_links(self, link_ids: Sequence[int]) -> Mapping[Slot, Words]:
        """All words of these links; a kind that only a newer version knows is left out."""
        ...

    async def save(self, slot: Slot, words: Words) -> None:
        """Make these the words of a slot."""
        ...

    async def remove(self, slot: Slot) -> bool:
        """Go back to the built-in words; tells whether there were others."""
        ...


def clean(words: Words) -> Words:
    """Keep what is visible of the words: the title on one line, the text line by line."""
    lines = "\n".join(visible(line) for line in words.text.splitlines())
    return Words(title=visible(words.title), text=lines.strip("\n"))


def checked(words: Words, *, may_name_amount: bool) -> Words:
    """Give the words as they are stored.

    Raises:
        UserError: they are empty, too long, or name what they cannot; the sentence says what.
    """
    cleaned = clean(words)
    if not cleaned.title:
        raise UserError("The title is empty. Write something that tells what happened.")
    named = {
        *_variables("title", cleaned.title, LONGEST_TITLE),
        *_variables("text", cleaned.text, LONGEST_TEXT),
    }
    if "amount" in named and not may_name_amount:
        raise UserError(
            "The public words cannot name `{amount}`, because amounts are hidden here. Take it "
            "out, show amounts in this campaign's settings, or use it in the staff words."
        )
    return cleaned


def filled(words: Words, values: Mapping[str, str]) -> Words:
    """Put values in the place of the variables; braces in a value are only text.

    The result is cut where it is longer than words may be.

    Raises:
        UserError: the words were never checked.
    """
    return Words(
        title=_cut(visible(_fill(words.title, values)), LONGEST_TITLE),
        text=_cut(_fill(words.text, values), LONGEST_TEXT),
    )


def known_variables() -> str:
    """Name every variable, such as "`{name}`, `{tier}`"."""
    return ", ".join(f"`{{{name}}}`" for name in VARIABLES)


def _variables(part: str, template: str, limit: int) -> list[str]:
    length = _units(template)
    if length > limit:
        raise UserError(f"The {part} has {length:,} characters; at most {limit:,} fit. Shorten it.")
    return [name for _, name in _pieces(template) if name]


def _fill(template: str, values: Mapping[str, str]) -> str:
    return "".join(
        literal + (values.get(name, "") if name else "") for literal, name in _pieces(template)
    )


def _pieces(template: str) -> list[tuple[str, str | None]]:
    """Split a template into literal texts, each with the variable that follows it.

    The standard parser only splits: nothing is looked up, called or formatted.
    """
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise UserError(
            "A brace is left alone. Braces belong around a variable, such as `{name}`; write "
            "`{{` or `}}` for a brace that is shown."
        ) from error
    return [
        (literal, None if field is None else _known(field, spec, conversion))
        for literal, field, spec, conversion in parsed
    ]


def _known(field: str, spec: str | None, conversion: str | None) -> str:
    if spec or conversion or not _NAME.fullmatch(field):
        raise UserError(
            "Braces hold the name of a variable and nothing else. "
            f"There are: {known_variables()}. Write `{{{{` or `}}}}` for a brace that is shown."
        )
    if field not in VARIABLES:
        raise UserError(f"There is no variable `{{{field}}}`. There are: {known_variables()}.")
    return field


def _units(text: str) -> int:
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def _cut(text: str, limit: int) -> str:
    if _units(text) <= limit:
        return text
    kept: list[str] = []
    room = limit - 1
    for character in text:
        room -= _units(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"
