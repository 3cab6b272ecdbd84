"""What the buttons of the list of posts carry in their custom ids."""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.draft_rows import DraftQuery
from core.drafts import DraftState
from core.errors import UserError

PAGE = 10
BUTTONS = re.compile(r"post-list\d*\|.*", re.DOTALL)
"""Custom ids of the list's buttons, of every version."""

_VERSION = "post-list1"
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_CAMPAIGN = re.compile(r"[0-9A-Za-z_-]{0,30}", re.ASCII)
_STATE_CODES = {
    "": None,
    "e": DraftState.EDITING,
    "w": DraftState.WAITING,
    "s": DraftState.SCHEDULED,
    "p": DraftState.PUBLISHED,
    "r": DraftState.RETRACTED,
    "d": DraftState.DISCARDED,
    "t": DraftState.TEMPLATE,
}
_CODES = {state: code for code, state in _STATE_CODES.items()}


class Press(StrEnum):
    """What a button of the list does."""

    SHOW = "show"
    TURN = "turn"
    PAUSE = "pause"
    RESUME = "resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostList:
    """Which posts a list shows, from which one on; None and "" mean any."""

    state: DraftState | None = None
    author_id: int = 0
    campaign_id: str = ""
    offset: int = 0

    def query(self, guild_id: int) -> DraftQuery:
        """Ask for the page."""
        return DraftQuery(
            guild_id=guild_id,
            states=frozenset({self.state}) if self.state else frozenset(),
            author_id=self.author_id or None,
            campaign_id=self.campaign_id or None,
            offset=self.offset,
            limit=PAGE,
        )

    def encode(self, press: Press) -> str:
        """Write a button's custom id, at most 100 characters."""
        parts = (
            _VERSION,
            press,
            _CODES[self.state],
            str(self.author_id),
            self.campaign_id,
            str(self.offset),
        )
        return "|".join(parts)


def decode_list(custom_id: str) -> tuple[Press, PostList]:
    """Read what `encode` wrote.

    Raises:
        UserError: it was written by another version of the bot, or by somebody else.
    """
    parts = custom_id.split("|")
    if len(parts) != 6 or parts[0] != _VERSION or parts[1] not in list(Press):
        raise _stale()
    _, press, state, author_id, campaign_id, offset = parts
    are_numbers = _NUMBER.fullmatch(author_id) and _NUMBER.fullmatch(offset)
    if state not in _STATE_CODES or not are_numbers or not _CAMPAIGN.fullmatch(campaign_id):
        raise _stale()
    return Press(press), PostList(
        state=_STATE_CODES[state],
        author_id=int(author_id),
        campaign_id=campaign_id,
        offset=int(offset),
    )


def _stale() -> UserError:
    return UserError("This list is out of date. Use `/patreon posts` again.")
