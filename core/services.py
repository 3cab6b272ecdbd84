"""The use cases that the doors to people call."""

from dataclasses import dataclass

from core.audit_trail import AuditTrail
from core.letters import Letters
from core.permissions import Rights
from core.roster import Roster
from core.status import Status
from core.sync import Sync


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What commands call."""

    sync: Sync
    roster: Roster
    status: Status
    letters: Letters
    rights: Rights
    audit: AuditTrail
