"""Announcements: what one channel should show, what it shows now, and the one next step."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from core.cards import Card
from core.changes import Kind
from core.sheets import Showable, is_forum_post, upload_bytes, wants_crosspost

SEND_TIMEOUT = timedelta(minutes=1)
"""How long a step may take that uploads nothing: see `deadline_of`."""

SLOWEST_UPLOAD = 150_000
"""Bytes a second: a line that is slower is too slow for pictures.

With it, the largest message takes less than four minutes, before the outbox is taken to hang.
"""

NONCE_WINDOW = timedelta(minutes=3)
"""How long a repeated send with the same nonce is safe: less than Discord's "past few minutes"."""


class Wanted(StrEnum):
    """What a channel should show of an announcement."""

    SHOWN = "shown"
    GONE = "gone"


class Step(StrEnum):
    """What delivering does next.

    `SEARCH`: look for a message whose sending was cut short. `CROSSPOST`: hand a message that is
    there on to the channels that follow.
    """

    SEND = "send"
    SEARCH = "search"
    EDIT = "edit"
    CROSSPOST = "crosspost"
    DELETE = "delete"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A desired state of one message in one channel.

    `version` counts what was wanted, `shown_version` what Discord confirmed (0: nothing yet, or
    a message that was not handed on to followers although it is to be). `send_started_at` is set
    from before the first send until its outcome is known.
    """

    id: int
    channel_id: int
    shows: Showable
    wanted: Wanted = Wanted.SHOWN
    version: int = 1
    shown_version: int = 0
    message_id: int | None = None
    send_started_at: datetime | None = None
    attempts: int = 0
    created_at: datetime

    @property
    def is_unsent(self) -> bool:
        """Whether it is to be shown, and surely nobody has tried to send it yet."""
        has_begun = self.message_id is not None or self.send_started_at is not None
        return self.wanted is Wanted.SHOWN and not has_begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an announcement has come. `reason` says why it was put off, or set aside."""

    wanted: Wanted
    message_id: int | None
    is_parked: bool
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """An announcement that waits in its channel's queue, without its content.

    `is_claimed`: somebody works on it. `digest_id` is set for a digest (its own id) and for what
    was folded into one.
    """

    id: int
    link_id: int
    change_id: int | None = None
    digest_id: int | None = None
    wanted: Wanted = Wanted.SHOWN
    shown_version: int = 0
    message_id: int | None = None
    send_started_at: datetime | None = None
    is_claimed: bool = False
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A change that waits to be told, with the card that would tell it alone."""

    id: int
    kind: Kind
    campaign_id: str
    card: Card
    created_at: datetime


class Sends:
    """Remembers for `NONCE_WINDOW` which sends this process began, by a clock that nobody sets.

    `monotonic` counts seconds and never goes back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._begun: dict[int, float] = {}

    def begin(self, announcement_id: int) -> None:
        """Note that a first send begins now."""
        now = self._monotonic()
        self._begun.pop(announcement_id, None)
        self._begun[announcement_id] = now
        for other in list(
            takewhile(lambda one: now - self._begun[one] > _WINDOW_SECONDS, self._begun)
        ):
            del self._begun[other]

    def since(self, announcement_id: int) -> timedelta | None:
        """How long ago its first send began, None when this process does not know."""
        begun = self._begun.get(announcement_id)
        return None if begun is None else timedelta(seconds=self._monotonic() - begun)


_WINDOW_SECONDS = NONCE_WINDOW.total_seconds()


def deadline_of(content: Showable) -> timedelta:
    """Say how long a step with this content may take: the longer, the more it uploads."""
    return SEND_TIMEOUT + timedelta(seconds=upload_bytes(content) / SLOWEST_UPLOAD)


def next_step(
    announcement: Announcement, *, now: datetime, since_start: timedelta | None = None
) -> Step:
    """Decide the one step that brings the channel closer to what is wanted.

    `since_start` is what `Sends.since` knows of a send of unknown outcome. It is repeated only
    while both clocks say that Discord still knows its nonce: one that people and time servers set
    proves nothing by itself, and after a restart there is no other. A forum's post has no nonce:
    it is never repeated before a search. Nor is what takes longer to upload than the nonce holds.
    """
    started = announcement.send_started_at
    # A repeated send may itself take as long as a step may.
    repeatable = NONCE_WINDOW - deadline_of(announcement.shows)
    if announcement.message_id is None:
        if announcement.wanted is Wanted.GONE:
            return Step.SEARCH if started else Step.NOTHING
        is_repeatable = started is None or (
            not is_forum_post(announcement.shows)
            and since_start is not None
            and since_start < repeatable
            and timedelta() <= now - started < repeatable
        )
        return Step.SEND if is_repeatable else Step.SEARCH
    if announcement.wanted is Wanted.GONE:
        return Step.DELETE
    if announcement.shown_version < announcement.version:
        is_as_sent = announcement.version == 1 and wants_crosspost(announcement.shows)
        return Step.CROSSPOST if is_as_sent else Step.EDIT
    return Step.NOTHING
