"""What a check is and how it ended."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

HIDDEN = "(hidden)"
_SHORTEST_SECRET = 6


class Group(StrEnum):
    """What a check looks at."""

    FILES = "files"
    DATABASE = "database"
    BACKUP = "backup"
    PATREON = "patreon"
    HOOK = "hook"
    DISCORD = "discord"
    CHANNELS = "channels"
    WORK = "work"
    MACHINE = "machine"
    DISK = "disk"
    CLOCK = "clock"


class Outcome(StrEnum):
    """How a check ended. `WARN`: it works in part, or will not for long. `SKIP`: not tried."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


_ORDER = (Outcome.FAIL, Outcome.WARN, Outcome.OK, Outcome.SKIP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One answer. `about` tells apart checks of one id: a campaign, a server, a channel.

    `found` and `cure` are plain sentences without secrets; `cure` is empty when all is well.
    """

    id: str
    group: Group
    title: str
    result: Outcome
    found: str
    cure: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A check that there is, before it is made. `id` begins with its group and never changes."""

    id: str
    title: str

    @property
    def group(self) -> Group:
        """What it looks at."""
        return Group(self.id.partition(".")[0])

    def ok(self, found: str, *, about: str = "") -> Check:
        """All is well."""
        return self._check(Outcome.OK, found, "", about)

    def warn(self, found: str, cure: str, *, about: str = "") -> Check:
        """It works in part, or will not for long."""
        return self._check(Outcome.WARN, found, cure, about)

    def fail(self, found: str, cure: str, *, about: str = "") -> Check:
        """It does not work until somebody acts."""
        return self._check(Outcome.FAIL, found, cure, about)

    def skip(self, found: str, *, about: str = "") -> Check:
        """It was not tried; `found` says why."""
        return self._check(Outcome.SKIP, found, "", about)

    def _check(self, result: Outcome, found: str, cure: str, about: str) -> Check:
        return Check(
            id=self.id,
            group=self.group,
            title=self.title,
            result=result,
            found=found,
            cure=cure,
            about=about,
        )


def arranged(checks: Iterable[Check]) -> list[Check]:
    """Order by group, the group with the worst check first, and the worst first in each."""
    every = list(checks)
    worst = {
        group: min(_ORDER.index(check.result) for check in every if check.group is group)
        for group in {check.group for check in every}
    }
    groups = sorted(worst, key=lambda group: (worst[group], list(Group).index(group)))
    place = {group: number for number, group in enumerate(groups)}
    return sorted(every, key=lambda check: (place[check.group], _ORDER.index(check.result)))


def counts(checks: Iterable[Check]) -> dict[Outcome, int]:
    """Count how the checks ended, every outcome named."""
    tally = dict.fromkeys(Outcome, 0)
    for check in checks:
        tally[check.result] += 1
    return tally


def without(checks: Iterable[Check], secrets: Sequence[str]) -> list[Check]:
    """Take every spelling of `secrets` out of what the checks say, wherever it came from.

    Secrets of less than 6 characters are left: they would tear words apart.
    """
    known = sorted({s for s in secrets if len(s) >= _SHORTEST_SECRET}, key=len, reverse=True)

    def hide(text: str) -> str:
        for secret in known:
            text = text.replace(secret, HIDDEN)
        return text

    return [replace(c, found=hide(c.found), cure=hide(c.cure), about=hide(c.about)) for c in checks]
