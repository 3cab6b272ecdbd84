"""What a patron asked not to be told about them, and what is kept of whom nobody is to know."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from core.members import Member, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What must not be named. Hiding the tier hides the amount too, which would give it away."""

    hides_name: bool = False
    hides_tier: bool = False

    @property
    def hides_something(self) -> bool:
        """Whether anything must not be named."""
        return self.hides_name or self.hides_tier


NOTHING_HIDDEN = Privacy()
EVERYTHING_HIDDEN = Privacy(hides_name=True, hides_tier=True)

BLANK: Mapping[str, int | None] = MappingProxyType(
    {
        "name": None,
        "discord_id": None,
        "cadence_months": None,
        "lifetime_cents": 0,
        "last_charge_status": None,
        "last_charge_at": None,
        "next_charge_at": None,
        "pledge_started_at": None,
    }
)
"""What a member of whom nobody is to know looks like: these fields of `Member`.

The others stay, because the next reading is compared with them: without them it would be news.
"""

FADED: Mapping[str, int | None] = MappingProxyType({**BLANK, "will_pay_cents": 0})
"""The same for somebody who left long ago, with whom less has to be compared."""


def is_away(member: Member) -> bool:
    """Tell whether somebody has left and is served nothing any more."""
    has_left = member.status in (Status.FORMER, Status.GONE)
    return has_left and not member.entitled_cents and not member.is_gift


def kept_of(known: Member | None, now: Member, *, is_forgotten: bool) -> Member:
    """Give what may be stored of a member's new state.

    Somebody who asked for it stays forgotten. Whoever was `known` without a name while they were
    away stays so until they come back.
    """
    if is_forgotten:
        return replace(now, **BLANK)  # type: ignore[arg-type]  # the fields' own types
    if known is not None and known.name is None and is_away(known) and is_away(now):
        return replace(now, **FADED)  # type: ignore[arg-type]
    return now
