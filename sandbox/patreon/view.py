"""What a reader gets to see, and the getters that show it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.patreon.faults import Quirks
from sandbox.patreon.images import ImageLinks


@dataclass(frozen=True, slots=True)
class View:
    """What a reader gets to see: links to sign, oddities in force, and what their scopes allow."""

    images: ImageLinks
    quirks: Quirks
    patron_count: Callable[[str], int]
    tier_count: Callable[[str, str], int]
    post_count: Callable[[str, str], int]
    hide_tiers: bool = False
    member_emails: bool = True
    email_of_user: str | None = None


# Records of different kinds meet in one table, which no narrower type can describe.
Getter = Callable[[Any, View], object]


def constant(value: object) -> Getter:
    """Make a getter that always tells `value`."""
    return lambda _record, _view: value


def nothing(*names: str) -> dict[str, Getter]:
    """Make getters of attributes that are always null here."""
    return dict.fromkeys(names, constant(None))
