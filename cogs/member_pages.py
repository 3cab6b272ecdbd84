"""The state of a member list, carried whole by the buttons below it."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from core.errors import UserError
from core.listing import MemberQuery, Sort
from core.members import Status

PAGE = 15
LONGEST_CUSTOM_ID = 100
"""Source: docs.discord.com, "Component Reference"."""

TEMPLATE = re.compile(r"members\d*\|.*", re.DOTALL)
"""Custom ids of member lists, of this and of other versions."""

_VERSION = "members1"
_STATUSES = {
    "": None,
    "f": Status.FREE,
    "a": Status.ACTIVE,
    "d": Status.DECLINED,
    "x": Status.FORMER,
    "g": Status.GONE,
    "u": Status.UNKNOWN,
}
_SORTS = {"n": Sort.NAME, "l": Sort.NEWEST, "s": Sort.SUPPORT}
_STATUS_CODES = {status: code for code, status in _STATUSES.items()}
_SORT_CODES = {sort: code for code, sort in _SORTS.items()}
_OFFSET = re.compile(r"[0-9]{1,9}")
_TIER = re.compile(r"[A-Za-z0-9_-]{0,30}")


class Turn(StrEnum):
    """A button that turns pages."""

    FIRST = "first"
    PREVIOUS = "prev"
    NEXT = "next"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """Which members a list shows, from which one on. `tier_id` "" and `text` "" mean any."""

    status: Status | None = None
    tier_id: str = ""
    sort: Sort = Sort.NAME
    text: str = ""
    offset: int = 0

    def query(self) -> MemberQuery:
        """Ask for the page; which campaigns are asked is for the guild to say."""
        return MemberQuery(
            campaign_ids=(),
            status=self.status,
            tier_id=self.tier_id or None,
            text=self.text,
            sort=self.sort,
            offset=self.offset,
            limit=PAGE,
        )

    def turned(self, turn: Turn, *, matching: int) -> "ListState":
        """Give the state after a turn in a list of `matching` members."""
        last = max(matching - 1, 0) // PAGE * PAGE
        target = {
            Turn.FIRST: 0,
            Turn.PREVIOUS: self.offset - PAGE,
            Turn.NEXT: self.offset + PAGE,
            Turn.LAST: last,
        }[turn]
        return replace(self, offset=min(max(target, 0), last))

    def encode(self, turn: Turn) -> str:
        """Write the state as a button's custom id; two turns never give the same.

        Raises:
            UserError: the filters are longer than a button can carry.
        """
        parts = (
            _VERSION,
            turn.value,
            _STATUS_CODES[self.status],
            _SORT_CODES[self.sort],
            str(self.offset),
            self.tier_id,
            self.text,
        )
        custom_id = "|".join(parts)
        if len(custom_id) > LONGEST_CUSTOM_ID or not _TIER.fullmatch(self.tier_id):
            raise UserError("These filters are too long together. Search for a shorter text.")
        return custom_id


def decode(custom_id: str) -> ListState:
    """Read what `encode` wrote.

    Raises:
        UserError: it was written by another version of the bot, or by somebody else.
    """
    parts = custom_id.split("|", 6)
    if len(parts) != 7 or parts[0] != _VERSION or len(custom_id) > LONGEST_CUSTOM_ID:
        raise _stale()
    _, turn, status, sort, offset, tier_id, text = parts
    is_known = status in _STATUSES and sort in _SORTS and turn in list(Turn)
    if not (is_known and _OFFSET.fullmatch(offset) and _TIER.fullmatch(tier_id)):
        raise _stale()
    return ListState(
        status=_STATUSES[status],
        tier_id=tier_id,
        sort=_SORTS[sort],
        text=text,
        offset=int(offset),
    )


def _stale() -> UserError:
    return UserError("This list is out of date. Use `/patreon members` again.")
