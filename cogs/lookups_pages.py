"""The state of a list of campaigns or tiers, carried whole by the buttons below it."""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.errors import UserError

PAGE = 8

TEMPLATE = re.compile(r"lookups\d*\|.*", re.DOTALL)
"""Custom ids of these lists, of this and of other versions."""

_VERSION = "lookups1"
_OFFSET = re.compile(r"[0-9]{1,9}")


class Listing(StrEnum):
    """What is listed."""

    CAMPAIGNS = "campaigns"
    TIERS = "tiers"


class Turn(StrEnum):
    """A button that turns pages."""

    PREVIOUS = "prev"
    NEXT = "next"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlace:
    """Which list is shown, from which entry on."""

    listing: Listing
    offset: int = 0

    def fitting(self, count: int) -> "ListPlace":
        """Give the place of the page that holds this entry, or of the last one, of `count`."""
        last = max(count - 1, 0) // PAGE * PAGE
        return ListPlace(listing=self.listing, offset=min(self.offset // PAGE * PAGE, last))

    def turned(self, turn: Turn) -> "ListPlace":
        """Give the place after a turn; it is not below 0, and may be beyond the end."""
        step = PAGE if turn is Turn.NEXT else -PAGE
        return ListPlace(listing=self.listing, offset=max(self.offset + step, 0))

    def encode(self, turn: Turn) -> str:
        """Write the place as a button's custom id; two turns never give the same."""
        return "|".join((_VERSION, self.listing, turn, str(self.offset)))


def decode(custom_id: str) -> ListPlace:
    """Read what `encode` wrote.

    Raises:
        UserError: it was written by another version of the bot, or by somebody else.
    """
    parts = custom_id.split("|")
    is_known = len(parts) == 4 and parts[1] in list(Listing) and parts[2] in list(Turn)
    if not is_known or parts[0] != _VERSION or not _OFFSET.fullmatch(parts[3]):
        raise UserError("This list is out of date. Use the command again.")
    return ListPlace(listing=Listing(parts[1]), offset=int(parts[3]))


def position(place: ListPlace, count: int) -> str:
    """Say where in a list of `count` a page stands."""
    last = min(place.offset + PAGE, count)
    page, pages = place.offset // PAGE + 1, max(count - 1, 0) // PAGE + 1
    return f"{place.offset + 1:,}\N{EN DASH}{last:,} of {count:,} · page {page:,} of {pages:,}"
