"""Announcements: what one channel should show, what it shows now, and the one next step."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.cards import Card

SEND_TIMEOUT = timedelta(minutes=1)
"""How long a step may take: shorter than the lease, so that there are never two senders."""

NONCE_WINDOW = timedelta(minutes=3)
"""How long a repeated send with the same nonce is safe: less than Discord's "past few minutes"."""


class Wanted(StrEnum):
    """What a channel should show of an announcement."""

    SHOWN = "shown"
    GONE = "gone"


class Step(StrEnum):
    """What delivering does next. `SEARCH`: look for a message whose sending was cut short."""

    SEND = "send"
    SEARCH = "search"
    EDIT = "edit"
    DELETE = "delete"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A desired state of one message in one channel.

    `version` counts what was wanted, `shown_version` what Discord confirmed (0: nothing yet).
    `send_started_at` is set from before the first send until its outcome is known.
    """

    id: int
    channel_id: int
    card: Card
    wanted: Wanted = Wanted.SHOWN
    version: int = 1
    shown_version: int = 0
    message_id: int | None = None
    send_started_at: datetime | None = None
    attempts: int = 0
    created_at: datetime


def next_step(announcement: Announcement, *, now: datetime) -> Step:
    """Decide the one step that brings the channel closer to what is wanted."""
    started = announcement.send_started_at
    if announcement.message_id is None:
        if announcement.wanted is Wanted.GONE:
            return Step.SEARCH if started else Step.NOTHING
        # A clock that was set back makes the start lie ahead: then the window proves nothing.
        is_repeatable = started is None or (
            timedelta() <= now - started < NONCE_WINDOW - SEND_TIMEOUT
        )
        return Step.SEND if is_repeatable else Step.SEARCH
    if announcement.wanted is Wanted.GONE:
        return Step.DELETE
    if announcement.shown_version < announcement.version:
        return Step.EDIT
    return Step.NOTHING
