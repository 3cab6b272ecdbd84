"""Letters: the events of the inbox as people see them, without their bodies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class LetterState(StrEnum):
    """Where an event stands. `PARKED`: it failed by itself and waits for a person."""

    PARKED = "parked"
    WAITING = "waiting"
    DONE = "done"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An event without its body, which holds personal data.

    `since` is when it came to its state (None: it waits). `reason` says what became of it, or why
    it failed last. `discarded_by` names who discarded it. Without `has_body` it was deleted and
    the event cannot be processed again. `campaign_id` is None until processing has learnt it.
    """

    id: int
    trigger: str
    state: LetterState
    received_at: datetime
    since: datetime | None = None
    attempts: int = 0
    reason: str | None = None
    campaign_id: str | None = None
    discarded_by: str | None = None
    has_body: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterQuery:
    """Which letters to list: of `state` (None: all), from the `offset`-th on, newest first.

    `campaign_ids` limits them to events of these campaigns; None means every event, also those
    whose campaign is unknown.
    """

    state: LetterState | None = LetterState.PARKED
    campaign_ids: tuple[str, ...] | None = None
    offset: int = 0
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPage:
    """A page of letters, and whether there are older ones.

    `query` is what was answered: a use case may have moved its offset back.
    """

    letters: tuple[Letter, ...]
    has_more: bool
    query: LetterQuery


class LetterBox(Protocol):
    """What people and the purge do with events; `core.store.Events` is what processing does.

    `campaign_ids` hides the events of other campaigns, as if they did not exist; None hides none.
    """

    async def page(self, query: LetterQuery) -> LetterPage:
        """A page of letters."""
        ...

    async def get(self, event_id: int, campaign_ids: Sequence[str] | None) -> Letter | None:
        """One letter."""
        ...

    async def body(self, event_id: int) -> bytes | None:
        """An event's body, None when there is no such event or its body was deleted."""
        ...

    async def replay(self, event_id: int, *, at: datetime, note: str) -> bool:
        """Make an event due at `at`, as if it had never been tried.

        Gives False, and changes nothing, when its body was deleted.
        """
        ...

    async def discard(self, event_id: int, *, at: datetime, by: str) -> bool:
        """Discard a parked event; gives False, and changes nothing, when it is not parked."""
        ...

    async def delete_bodies(self, *, ended_by: datetime, at: datetime, limit: int) -> int:
        """Delete the bodies of up to `limit` events that were done or discarded by then."""
        ...

    async def bodies(
        self, *, after_id: int, limit: int, ended_after: datetime | None = None
    ) -> Sequence[tuple[int, bytes]]:
        """Ids and bodies of the next `limit` events that are done or discarded, by id.

        With `ended_after`, only of those that ended after it.
        """
        ...

    async def empty(self, event_ids: Sequence[int], *, at: datetime) -> int:
        """Delete the bodies of those of these events that are done or discarded."""
        ...

    async def discard_parked(
        self, *, parked_by: datetime, at: datetime, by: str, limit: int
    ) -> int:
        """Discard up to `limit` events that were parked by then, with their bodies."""
        ...

    async def forget(self, *, emptied_by: datetime, limit: int) -> int:
        """Forget up to `limit` events whose bodies were deleted by then."""
        ...
