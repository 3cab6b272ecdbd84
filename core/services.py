"""The use cases that the doors to people call."""

from dataclasses import dataclass

from core.letters import Letters
from core.roster import Roster
from core.status import Status
from core.sync import Sync


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What commands call. `moderator_role_ids` are the roles of the configuration."""

    sync: Sync
    roster: Roster
    status: Status
    letters: Letters
    moderator_role_ids: frozenset[int] = frozenset()
