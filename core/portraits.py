"""Whose picture a message shows, and what stands in for one that is missing."""

import unicodedata
from dataclasses import dataclass

from core.images import ImageKind
from core.members import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """A picture that a card shows; `initials` stand in for a person without one."""

    kind: ImageKind
    owner_id: str
    slot: str = ""
    initials: str = ""


def portrait_of(member: Member) -> Portrait | None:
    """Tell which picture stands beside a member; None for somebody of whom no name is kept.

    Members' pictures are kept by the members' ids.
    """
    if member.name is None:
        return None
    return Portrait(kind=ImageKind.USER, owner_id=member.id, initials=initials_of(member.name))


def initials_of(name: str | None) -> str:
    """Give the first letters of the first and the last word of a name, in capitals.

    Words that begin with no letter count for nothing; "" when there is no letter at all.
    """
    composed = unicodedata.normalize("NFC", name or "")
    letters = [word[0] for word in composed.split() if word[0].isalpha()]
    chosen = letters[:1] + letters[-1:] if len(letters) > 1 else letters
    # A capital may be written with two letters: only its first is kept.
    return "".join(letter.upper()[0] for letter in chosen)
