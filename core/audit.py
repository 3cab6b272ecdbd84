"""The audit: who did what, when, from which guild."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

LONGEST_ACTION = 40
LONGEST_DETAIL = 500
"""Characters; what is longer is cut when it is written."""

_ACTION = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Something that a person did.

    `action` is a short dotted name such as "link.saved": first the area, then what happened.
    `detail` is a sentence without secrets, mail addresses or amounts. `guild_id` None: it was
    done at the terminal. `user_id` None: no Discord user did it. `id` 0: it is not stored yet.

    Raises:
        ValueError: the action is no such name.
    """

    at: datetime
    guild_id: int | None
    user_id: int | None
    action: str
    detail: str
    id: int = 0

    def __post_init__(self) -> None:
        if not is_action(self.action):
            raise ValueError(f"{self.action!r} is no name of an action.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """Which entries to list, newest first.

    `guild_id` None means every guild and the terminal: for the admin only. `action` names one
    action, or an area and so every action in it. `before_id` asks for the entries that are older
    than that one, `after_id` for those that are newer; at most one of both is set.
    """

    guild_id: int | None
    user_id: int | None = None
    action: str | None = None
    before_id: int | None = None
    after_id: int | None = None
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """A page of entries, newest first, and whether there are others on either side."""

    entries: tuple[AuditEntry, ...]
    has_newer: bool = False
    has_older: bool = False


class Audit(Protocol):
    """The stored entries."""

    async def add(self, entry: AuditEntry) -> None:
        """Write an entry, in the transaction of what it tells of."""
        ...

    async def page(self, query: AuditQuery) -> AuditPage:
        """A page of entries."""
        ...

    async def actions(self, guild_id: int | None) -> Sequence[str]:
        """The actions that a guild's entries (None: all) tell of, by name."""
        ...

    async def forget(self, *, made_by: datetime, limit: int) -> int:
        """Forget up to `limit` entries that were made by then; gives how many."""
        ...


def is_action(text: str) -> bool:
    """Tell whether a text can be the name of an action, or of an area."""
    return len(text) <= LONGEST_ACTION and _ACTION.fullmatch(text) is not None
