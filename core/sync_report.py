"""What a sync came to."""

from dataclasses import dataclass, field
from datetime import timedelta

from core.brake import Question
from core.update import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """How a sync ended. `failures` are sentences; the parts that did not fail are done.

    `has_all_members`: the list of members was read to its end. `question` is there when the
    brake kept members who are missing from it: it is open, or was answered with `KEEP`.
    """

    campaign_id: str
    campaign_name: str
    members: Tally = field(default_factory=Tally)
    tiers: int = 0
    posts_new: int = 0
    posts_changed: int = 0
    posts_gone: int = 0
    is_baseline: bool = False
    has_all_members: bool = False
    question: Question | None = None
    failures: tuple[str, ...] = ()
    took: timedelta = timedelta()
