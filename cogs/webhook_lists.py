"""The state of a list of webhooks, carried whole by the buttons and menus below it."""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.errors import UserError
from core.letter_box import LetterQuery, LetterState

PAGE = 8

LOOKS = re.compile(r"webhooks\d*\|.*", re.DOTALL)
"""Custom ids of the buttons that only look, of this and of other versions."""

CHANGES = re.compile(r"webhook-changes\d*\|.*", re.DOTALL)
"""Custom ids of the menus that replay and discard, of this and of other versions."""

_OFFSET = re.compile(r"[0-9]{1,9}")
_ALL = "all"


class Act(StrEnum):
    """What a button or menu does. `NEWER`, `OLDER` and `AGAIN` only look."""

    NEWER = "newer"
    OLDER = "older"
    AGAIN = "again"
    REPLAY = "replay"
    DISCARD = "discard"

    @property
    def version(self) -> str:
        """How the custom ids of such an act begin."""
        return "webhook-changes1" if self in (Act.REPLAY, Act.DISCARD) else "webhooks1"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookList:
    """Which webhooks a list shows (`state` None: all), from the `offset`-th on, newest first."""

    state: LetterState | None = LetterState.PARKED
    offset: int = 0

    def query(self) -> LetterQuery:
        """Ask for the page; which campaigns are asked is for the guild to say."""
        return LetterQuery(state=self.state, campaign_ids=(), offset=self.offset, limit=PAGE)

    def encode(self, act: Act) -> str:
        """Write the state as a custom id; two acts never give the same."""
        return "|".join((act.version, act.value, self.state or _ALL, str(self.offset)))


def decode(custom_id: str) -> tuple[Act, WebhookList]:
    """Read what `encode` wrote.

    Raises:
        UserError: it was written by another version of the bot, or by somebody else.
    """
    parts = custom_id.split("|")
    if len(parts) != 4:
        raise _stale()
    version, act, state, offset = parts
    is_known = act in list(Act) and state in (_ALL, *LetterState)
    if not (is_known and version == Act(act).version and _OFFSET.fullmatch(offset)):
        raise _stale()
    return Act(act), WebhookList(
        state=None if state == _ALL else LetterState(state), offset=int(offset)
    )


def _stale() -> UserError:
    return UserError("This list is out of date. Use `/patreon webhooks` again.")
