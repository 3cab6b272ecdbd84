"""What waits in the database to be done: the outbox of announcements and the inbox of events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.announcements import Announcement, Queued, Standing, Untold, Wanted
from core.cards import Card
from core.inbox import Delivery, Event
from core.sheets import Showable


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How much waits: `waiting` rows to do, `parked` rows that need a person.

    `oldest` is when the oldest waiting row arrived; `reason` is the latest parked row's.
    `failure` says why a waiting row was put off, None when none was; of several, it is the one
    that waits the longest.
    """

    waiting: int = 0
    parked: int = 0
    oldest: datetime | None = None
    reason: str | None = None
    failure: str | None = None


class Announcements(Protocol):
    """Desired states of messages (the outbox)."""

    async def add(
        self, card: Card, *, channel_id: int, link_id: int, change_id: int | None, at: datetime
    ) -> bool:
        """Ask for a card in a channel, due now.

        A change that is already announced in the channel is left alone: then False.
        """
        ...

    async def post(self, content: Showable, *, channel_id: int, link_id: int, at: datetime) -> int:
        """Ask for what tells of no change, due now; gives the announcement's id.

        It is a message of its own, never part of a digest.
        """
        ...

    async def reword(self, announcement_id: int, content: Showable, *, at: datetime) -> None:
        """Want another content, due now, unless somebody deleted the message.

        Give it the marker of the first content. A sheet stays a sheet, and a forum's a forum's.
        """
        ...

    async def change(
        self, announcement_id: int, *, card: Showable | None, wanted: Wanted, at: datetime
    ) -> None:
        """Want something else of an announcement, due now, unless it is being worked on.

        `card` (or a sheet) None keeps the content. Changes that come before the next step become
        one step; the marker of the first content stays.
        """
        ...

    async def standing(self, announcement_id: int) -> Standing | None:
        """How far an announcement has come."""
        ...

    async def claim_due(
        self, now: datetime, *, lease: timedelta, limit: int
    ) -> Sequence[Announcement]:
        """Take up to `limit` announcements that are due, at most the oldest of each channel.

        A channel whose oldest unfinished announcement is not due yet, or is claimed, gives none:
        this keeps the order. Each is hidden from other callers until `now + lease` and counted
        as one attempt; a caller that dies lets the lease run out.
        """
        ...

    async def queue(self, channel_id: int, *, first_id: int, limit: int) -> Sequence[Queued]:
        """Up to `limit` unfinished announcements of a channel, oldest first, from `first_id` on."""
        ...

    async def untold(self, announcement_ids: Sequence[int], *, claimed_id: int) -> Sequence[Untold]:
        """Lock these announcements and give what they would tell, oldest first.

        Those of no change, and those that somebody works on or that may have been sent meanwhile,
        are left out; `claimed_id` is the caller's own.
        """
        ...

    async def fold(self, announcement_ids: Sequence[int], *, card: Card) -> Announcement:
        """Make the first of these announcements a digest that tells all of them.

        It keeps its place and its marker; the others are done, told by it. Gives the digest.
        """
        ...

    async def hold(self, announcement_id: int, *, until: datetime) -> None:
        """Let the lease of a claimed announcement end at another time."""
        ...

    async def mark_started(self, announcement_id: int, *, at: datetime) -> None:
        """Note that a send is about to be tried, unless an earlier start is already noted."""
        ...

    async def start_alone(self, announcement_id: int, *, at: datetime) -> bool:
        """Note it for an announcement behind which nothing waits in its channel.

        Tells whether it did; not when a start is already noted either.
        """
        ...

    async def note_shown(
        self, announcement_id: int, *, message_id: int | None, version: int, at: datetime
    ) -> None:
        """Note what the channel shows now; it is done when nothing newer is wanted."""
        ...

    async def retry(
        self, announcement_id: int, *, due_at: datetime, reason: str, forget_start: bool = False
    ) -> None:
        """Try again at `due_at`; `forget_start` says that surely nothing has been sent."""
        ...

    async def park(self, announcement_id: int, *, reason: str, forget_start: bool = False) -> None:
        """Stop trying until `revive`; the channel's next announcement may go on.

        `forget_start` says that surely nothing has been sent.
        """
        ...

    async def close(self, announcement_id: int, *, reason: str) -> None:
        """Be done with it: its message was deleted by somebody and is not put back."""
        ...

    async def revive(self, now: datetime, *, since: datetime) -> int:
        """Make parked announcements due again whose content is not older than `since`.

        A digest is as old as the youngest change that it tells. Those parked for good and those
        of links that no longer exist stay; gives how many.
        """
        ...

    async def mend_times(self, now: datetime, *, latest: datetime) -> int:
        """Make due now what a wrong clock put off beyond `latest`; gives how many."""
        ...

    async def next_due(self) -> datetime | None:
        """When the next announcement is due, None when nothing waits."""
        ...

    async def release_leases(self) -> int:
        """Make every claimed announcement claimable again (for a process that starts alone)."""
        ...

    async def backlog(self, guild_id: int | None = None) -> Backlog:
        """How much waits, of one guild or of all."""
        ...


class Events(Protocol):
    """The inbox of webhook deliveries.

    `campaign_id` notes which campaign processing found the events to be of; None leaves it.
    """

    async def claim_due(self, now: datetime, *, lease: timedelta, limit: int) -> Sequence[Event]:
        """Take up to `limit` events that are due, oldest first; each counts as one attempt."""
        ...

    async def finish(
        self, event_ids: Sequence[int], *, at: datetime, note: str, campaign_id: str | None = None
    ) -> None:
        """Say that the events are dealt with and how."""
        ...

    async def retry(
        self,
        event_ids: Sequence[int],
        *,
        due_at: datetime,
        reason: str,
        campaign_id: str | None = None,
        is_attempt: bool = True,
    ) -> None:
        """Try the events again at `due_at`; what was no attempt does not count as one."""
        ...

    async def park(
        self, event_ids: Sequence[int], *, reason: str, campaign_id: str | None = None
    ) -> None:
        """Set the events aside for a person."""
        ...

    async def mend_times(self, now: datetime, *, latest: datetime) -> int:
        """Make due now what a wrong clock put off beyond `latest`; gives how many."""
        ...

    async def waiting(self, *, limit: int) -> Sequence[Delivery]:
        """Up to `limit` events that are not dealt with, claimed ones too, in no order."""
        ...

    async def next_due(self) -> datetime | None:
        """When the next event is due, None when nothing waits."""
        ...

    async def release_leases(self) -> int:
        """Make every claimed event claimable again (for a process that starts alone)."""
        ...

    async def backlog(self, campaign_ids: Sequence[str] | None = None) -> Backlog:
        """How much waits, of these campaigns or of all.

        What waits and is of no campaign yet counts for any, but its sentences are for all only.
        """
        ...
