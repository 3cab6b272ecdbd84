"""The use cases that the doors to people call."""

from dataclasses import dataclass

from core.audit_trail import AuditTrail
from core.composing import Composing
from core.consent import Consent
from core.disconnect import Disconnecting
from core.doctor.examine import Doctor
from core.gallery import Gallery
from core.letters import Letters
from core.lookups import Lookups
from core.patrons import Patrons
from core.permissions import Rights
from core.post_doubts import PostDoubts
from core.post_publisher import PostPublisher
from core.previews import Previews
from core.roster import Roster
from core.settings import Settings
from core.status import Status
from core.sync import Sync
from core.trial import Trials
from core.uploads import Uploads
from core.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What commands call."""

    sync: Sync
    roster: Roster
    status: Status
    doctor: Doctor
    letters: Letters
    rights: Rights
    audit: AuditTrail
    wording: Wording
    lookups: Lookups
    consent: Consent
    disconnecting: Disconnecting
    settings: Settings
    trials: Trials
    patrons: Patrons
    gallery: Gallery
    composing: Composing
    uploads: Uploads
    post_publisher: PostPublisher
    previews: Previews
    post_doubts: PostDoubts
