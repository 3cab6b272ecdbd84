"""What the process counts and measures of itself; no figure names a person, guild or secret."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Counter:
    """Something that happens again and again, told apart by one label with few known values."""

    name: str
    about: str
    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gauge:
    """Something that goes up and down; `label` tells several apart, "" when there is one."""

    name: str
    about: str
    label: str = ""


WEBHOOKS = Counter(
    "webhooks",
    "Webhook requests by how they ended.",
    "end",
    ("accepted", "refused", "throttled", "not_stored"),
)
EVENTS = Counter(
    "events", "Stored webhooks by how a try ended.", "end", ("done", "put_off", "set_aside")
)
ANNOUNCEMENTS = Counter(
    "announcements",
    "Steps of delivery by how they ended.",
    "end",
    ("sent", "crossposted", "edited", "deleted", "found", "put_off", "set_aside"),
)
SYNCS = Counter("syncs", "Syncs of a campaign by how they ended.", "end", ("complete", "in_part"))
REQUESTS = Counter(
    "patreon_requests",
    "Requests to Patreon's API by the answer's status.",
    "status",
    ("2xx", "3xx", "4xx", "429", "5xx", "none"),
)
RENEWALS = Counter(
    "token_renewals", "Renewals of a creator's tokens by how they ended.", "end", ("done", "failed")
)
CRASHES = Counter(
    "part_crashes",
    "Parts of the process that ended by themselves.",
    "part",
    (
        "discord",
        "outbox",
        "images",
        "schedule",
        "purge",
        "tokens",
        "hooks",
        "rounds",
        "processor",
        "inbox",
        "web",
        "backups",
    ),
)
STALLS = Counter("loop_stalls", "Times that the event loop stood still.", "", ("",))
COUNTERS = (WEBHOOKS, EVENTS, ANNOUNCEMENTS, SYNCS, REQUESTS, RENEWALS, CRASHES, STALLS)

READY = Gauge("ready", "1 while what is named is at hand.", "what")
WAITING = Gauge("waiting", "Rows that wait to be worked on.", "queue")
OLDEST = Gauge("oldest_waiting_seconds", "Age of the oldest row that waits.", "queue")
SET_ASIDE = Gauge("set_aside", "Rows that wait for a person.", "queue")
MEMBERS = Gauge("members", "Members who are not gone, by campaign.", "campaign")
SYNC_AGE = Gauge("sync_age_seconds", "Time since the last complete sync.", "campaign")
MISSED = Gauge("missed_by_webhook", "Changes that no webhook told.", "campaign")
HOOK_FAILURES = Gauge("hook_failures", "Deliveries that failed in a row.", "campaign")
HOOK_PAUSED = Gauge("hook_paused", "1 while Patreon holds the webhook back.", "campaign")
GAUGES = (
    READY,
    WAITING,
    OLDEST,
    SET_ASIDE,
    MEMBERS,
    SYNC_AGE,
    MISSED,
    HOOK_FAILURES,
    HOOK_PAUSED,
)


class Meters(Protocol):
    """Keeps the figures. Safe to call from any thread."""

    def count(self, counter: Counter, value: str = "", amount: int = 1) -> None:
        """Count something that happened; `value` is one of the counter's.

        Raises:
            ValueError: it is none of them.
        """
        ...

    def set(self, gauge: Gauge, readings: dict[str, float]) -> None:
        """Replace everything that a gauge shows, by label ("" when it has none)."""
        ...


class NoMeters:
    """Keeps nothing: for commands that end soon, and for tests."""

    def count(self, counter: Counter, value: str = "", amount: int = 1) -> None:
        """Forget it."""

    def set(self, gauge: Gauge, readings: dict[str, float]) -> None:
        """Forget it."""


NO_METERS = NoMeters()
