"""What the buttons of `/patron` say: an act, for whom it was offered, and a page."""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.errors import UserError

TEMPLATE = re.compile(r"patron\d*\|.*", re.DOTALL)
"""Custom ids of these buttons, of this and of other versions."""

_VERSION = "patron1"
_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_PAGE = re.compile(r"[0-9]{1,6}", re.ASCII)


class Act(StrEnum):
    """What a button does."""

    PAGE = "page"
    FORGET = "forget"
    KEEP = "keep"
    HIDE_NAME = "hide-name"
    SHOW_NAME = "show-name"
    HIDE_TIER = "hide-tier"
    SHOW_TIER = "show-tier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A button that was offered to one Discord user; `page` counts from 0."""

    act: Act
    user_id: int
    page: int = 0

    def encode(self) -> str:
        """Write the offer as a button's custom id; two offers never give the same."""
        return "|".join((_VERSION, self.act, str(self.user_id), str(self.page)))


def decode(custom_id: str, *, pressed_by: int) -> Offer:
    """Read what `encode` wrote, for the user who presses the button.

    Raises:
        UserError: it was offered to somebody else, or written by another version of the bot.
    """
    parts = custom_id.split("|")
    is_known = len(parts) == 4 and parts[0] == _VERSION and parts[1] in list(Act)
    if not (is_known and _ID.fullmatch(parts[2]) and _PAGE.fullmatch(parts[3])):
        raise UserError("This button is out of date. Use the `/patron` command again.")
    offer = Offer(act=Act(parts[1]), user_id=int(parts[2]), page=int(parts[3]))
    if offer.user_id != pressed_by:
        raise UserError(
            "This button belongs to somebody else. `/patron me` shows what is known about you."
        )
    return offer
