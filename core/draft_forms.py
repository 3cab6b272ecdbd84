"""Forms in which posts are written: what they may say, and what a draft says after one."""

import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum

from core.drafts import (
    LONGEST_BODY_BYTES,
    LONGEST_DESCRIPTION,
    LONGEST_PART,
    LONGEST_TITLE,
    MOST_PARTS,
    MOST_PICTURES,
    Audience,
    AudienceKind,
    Content,
    DraftPicture,
)
from core.errors import UserError
from core.names import visible

LARGEST_MINIMUM_CENTS = 100_000_000
_OVERRIDES = frozenset("\u202d\u202e")
"""Characters that turn the direction of what follows, whatever letters it has."""


class Field(StrEnum):
    """What a problem is about. `DRAFT`: the draft itself, or who may change it."""

    TITLE = "title"
    BODY = "body"
    AUDIENCE = "audience"
    PICTURES = "pictures"
    CAMPAIGN = "campaign"
    TARGETS = "targets"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that has to be put right: `text` is a sentence that says how."""

    field: Field
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that came back. None: it has no such field, so that stays as it is.

    Without `draft_id` it begins a draft, of `campaign_id` or else the guild's first campaign; else
    it changes the version `version` of one. `body` takes the place of the part number `part`, or
    comes behind all parts (None). `more` are texts and `pictures` are pictures that come behind
    those that are there. `description` is for the picture whose digest begins with `picture`; ""
    takes the one that it has away.
    """

    draft_id: int | None = None
    version: int = 0
    campaign_id: str | None = None
    title: str | None = None
    body: str | None = None
    part: int | None = 0
    audience: AudienceKind | None = None
    is_paid: bool | None = None
    more: tuple[str, ...] = ()
    pictures: tuple[DraftPicture, ...] = ()
    picture: str | None = None
    description: str | None = None


def cleaned(text: str) -> str:
    """Keep what a text says: no control characters but newlines and tabs, nothing that turns it
    around, and nothing that no database takes.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    return "".join(character for character in lines if _is_kept(character))


def _is_kept(character: str) -> bool:
    if character in "\n\t":
        return True
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in _OVERRIDES


def is_seen(text: str) -> bool:
    """Tell whether a text shows anything: blanks, joiners and marks alone do not."""
    return any(unicodedata.category(one)[0] not in "CMZ" for one in visible(text))


def filled_in(before: Content | None, form: Form) -> tuple[Content, tuple[Problem, ...]]:
    """Give what a draft says after a form, with everything that is wrong with it.

    A content with problems is not to be stored as a draft.
    """
    content = before or Content(title="", parts=())
    problems: list[Problem] = []
    if form.title is not None or before is None:
        content = replace(content, title=visible(cleaned(form.title or "")))
    parts = list(content.parts)
    if form.body is not None:
        body = cleaned(form.body).strip("\n")
        if form.part is None or form.part >= len(parts):
            parts.append(body)
        else:
            parts[max(form.part, 0)] = body
    for text in form.more:
        parts += split(cleaned(text))
    content = replace(content, parts=tuple(part for part in parts if part.strip()))
    if form.audience is not None and form.audience is not content.audience.kind:
        content = replace(content, audience=Audience(kind=form.audience))
    if form.is_paid is not None:
        content = replace(content, is_paid=form.is_paid)
    if form.pictures:
        known = {picture.digest for picture in content.pictures}
        new = {picture.digest: picture for picture in form.pictures if picture.digest not in known}
        content = replace(content, pictures=(*content.pictures, *new.values()))
    if form.picture is not None and form.description is not None:
        content, wrong = _described(content, form.picture, form.description)
        problems += wrong
    problems += problems_of(content)
    return content, tuple(problems)


def picture_of(content: Content, beginning: str) -> DraftPicture | None:
    """Find a picture by the beginning of its digest."""
    if not beginning:
        return None
    return next((one for one in content.pictures if one.digest.startswith(beginning)), None)


def _described(content: Content, beginning: str, text: str) -> tuple[Content, list[Problem]]:
    """Say something else of a picture, on one line; tells what is wrong with it."""
    chosen, description = picture_of(content, beginning), visible(cleaned(text))
    if chosen is None:
        gone = "The post has no such picture (any more). Look at its pictures again."
        return content, [Problem(field=Field.PICTURES, text=gone)]
    if (length := units(description)) > LONGEST_DESCRIPTION:
        long = (
            f"The description has {length:,} characters; at most {LONGEST_DESCRIPTION:,} fit. "
            "Shorten it."
        )
        return content, [Problem(field=Field.PICTURES, text=long)]
    changed = replace(chosen, description=description if is_seen(description) else None)
    pictures = tuple(changed if one is chosen else one for one in content.pictures)
    return replace(content, pictures=pictures), []


def problems_of(content: Content) -> list[Problem]:
    """Say what a content cannot be stored with."""
    found = []
    if not is_seen(content.title):
        found.append(Problem(field=Field.TITLE, text="The title is empty. Write one."))
    elif (length := units(content.title)) > LONGEST_TITLE:
        text = f"The title has {length:,} characters; at most {LONGEST_TITLE} fit. Shorten it."
        found.append(Problem(field=Field.TITLE, text=text))
    if not any(is_seen(part) for part in content.parts):
        found.append(Problem(field=Field.BODY, text="The text is empty. Write something."))
    size = len(content.body.encode(errors="replace"))
    if size > LONGEST_BODY_BYTES:
        text = (
            f"The text has {size / 1000:,.1f} kB; at most {LONGEST_BODY_BYTES // 1000} kB fit. "
            "Shorten it, or make two posts of it."
        )
        found.append(Problem(field=Field.BODY, text=text))
    if len(content.parts) > MOST_PARTS:
        text = f"The text has {len(content.parts)} parts; at most {MOST_PARTS} fit. Join some."
        found.append(Problem(field=Field.BODY, text=text))
    if len(content.pictures) > MOST_PICTURES:
        text = f"There are {len(content.pictures)} pictures; at most {MOST_PICTURES} fit."
        found.append(Problem(field=Field.PICTURES, text=text))
    return found


def units(text: str) -> int:
    """Count a text as Discord may: in UTF-16 units, never fewer than characters."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def split(text: str, *, longest: int = LONGEST_PART) -> list[str]:
    """Split a long text into parts that fit a form, at blank lines outside of code alone.

    What cannot be split stays whole, however long it is.
    """
    parts: list[str] = []
    for paragraph in _paragraphs(text):
        fits = parts and units(parts[-1]) + 2 + units(paragraph) <= longest
        if fits or len(parts) == _MOST_SPLIT:
            parts[-1] += "\n\n" + paragraph
        else:
            parts.append(paragraph)
    return parts


_MOST_SPLIT = MOST_PARTS // 2


def _paragraphs(text: str) -> list[str]:
    found: list[list[str]] = [[]]
    fence = ""
    for line in text.split("\n"):
        mark = line.strip()[:3]
        if mark in ("```", "~~~") and fence in ("", mark):
            fence = "" if fence else mark
        if not line.strip() and not fence:
            found.append([])
        else:
            found[-1].append(line)
    return ["\n".join(lines) for lines in found if lines]


def parse_minimum(text: str, currency: str) -> int:
    """Read an amount such as 5, 5.00 or 5,00 as cents.

    Raises:
        UserError: it is none, or too small or too large; the sentence shows how to write it.
    """
    how = f"Write the amount in {currency} as 5, 5.00 or 5,00."
    typed = cleaned(text).strip()
    whole, _, rest = typed.replace(",", ".").partition(".")
    is_number = whole.isascii() and whole.isdecimal() and len(whole) <= 9
    is_fraction = "." not in rest and (
        not rest or (rest.isascii() and rest.isdecimal() and len(rest) <= 2)
    )
    if not is_number or not is_fraction or typed[-1:] in ".,":
        raise UserError(f"“{visible(typed)[:40]}” is no amount. {how}")
    cents = int(whole) * 100 + int(rest.ljust(2, "0") if rest else "0")
    if cents < 1:
        raise UserError(f"The minimum is at least 0.01. {how}")
    if cents > LARGEST_MINIMUM_CENTS:
        raise UserError(f"The minimum is at most {LARGEST_MINIMUM_CENTS // 100:,}. {how}")
    return cents
