"""Pages of members in tests: what is on them, and pages made by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.members import Member
from core.ports import MembersPage, Readings

Reading = tuple[Member, bytes]


@dataclass(frozen=True)
class Listed:
    """Implements `core.ports.Readings`: these, also when one of them is there twice."""

    readings: Sequence[Reading]
    avatars: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprints(self) -> Mapping[str, bytes]:
        return {member.id: fingerprint for member, fingerprint in self.readings}

    def read(self, member_ids: Iterable[str]) -> Sequence[Reading]:
        asked = list(member_ids)
        return [reading for name in asked for reading in self.readings if reading[0].id == name]

    def avatar(self, member_id: str) -> str | None:
        return self.avatars.get(member_id)


def listed(readings: Iterable[Reading]) -> Readings:
    """Make a page's members by hand."""
    return Listed(tuple(readings))


def everybody(page: MembersPage) -> tuple[Reading, ...]:
    """Read all members of a page with their fingerprints, in its order."""
    return tuple(page.members.read(page.members.fingerprints))
