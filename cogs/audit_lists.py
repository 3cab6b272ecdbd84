"""The state of a page of the audit, carried whole by the buttons below it."""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.audit import AuditPage, AuditQuery, is_action
from core.errors import UserError

PAGE = 10

TEMPLATE = re.compile(r"audit\d*\|.*", re.DOTALL)
"""Custom ids of the buttons, of this and of other versions."""

_VERSION = "audit1"
_ID = re.compile(r"[0-9]{1,19}")
_MOST_ID = 2**63


class Turn(StrEnum):
    """What a button does. `NEWEST`, `NEWER` and `OLDER` turn pages."""

    NEWEST = "newest"
    NEWER = "newer"
    OLDER = "older"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditList:
    """Which entries are listed: of a person and of an action or area, when they are named."""

    user_id: int | None = None
    action: str | None = None

    def query(self, guild_id: int, turn: Turn = Turn.NEWEST, edge_id: int = 0) -> AuditQuery:
        """Ask for a guild's page after a turn from the entry `edge_id`."""
        return AuditQuery(
            guild_id=guild_id,
            user_id=self.user_id,
            action=self.action,
            before_id=edge_id if turn is Turn.OLDER else None,
            after_id=edge_id if turn is Turn.NEWER else None,
            limit=PAGE,
        )

    def encode(self, turn: Turn, page: AuditPage) -> str:
        """Write the state and the page that is turned from as a custom id.

        It has at most 94 characters; two turns never give the same.
        """
        edge_id = 0
        if page.entries and turn in (Turn.OLDER, Turn.NEWER):
            edge_id = page.entries[-1 if turn is Turn.OLDER else 0].id
        return "|".join((_VERSION, turn, str(edge_id), str(self.user_id or ""), self.action or ""))


def decode(custom_id: str) -> tuple[Turn, int, AuditList]:
    """Read what `encode` wrote: the turn, the entry that it starts from, and the list.

    Raises:
        UserError: it was written by another version of the bot, or by somebody else.
    """
    parts = custom_id.split("|")
    if len(parts) != 5 or parts[0] != _VERSION or parts[1] not in list(Turn):
        raise _stale()
    _, turn, edge, user, action = parts
    if action and not is_action(action):
        raise _stale()
    user_id = _number(user) if user else None
    if user_id == 0:
        raise _stale()
    listed = AuditList(user_id=user_id, action=action or None)
    return Turn(turn), _number(edge), listed


def _number(text: str) -> int:
    if not _ID.fullmatch(text) or int(text) >= _MOST_ID:
        raise _stale()
    return int(text)


def _stale() -> UserError:
    return UserError("This list is out of date. Use `/patreon audit` again.")
