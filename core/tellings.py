"""Tellings: stored announcements by the members whom they tell of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.cards import Card
from core.changes import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An announcement of a member's change.

    `digest_id` is the announcement whose message tells the change, too: itself, when this is the
    digest, whose card then tells of others as well.
    """

    id: int
    link_id: int
    channel_id: int
    message_id: int | None
    digest_id: int | None
    created_at: datetime
    change: Change
    card: Card

    @property
    def is_digest(self) -> bool:
        """Whether its card tells several changes."""
        return self.digest_id == self.id


class Tellings(Protocol):
    """The announcements that tell of members, finished or not."""

    async def count(self, member_ids: Sequence[str]) -> Mapping[str, int]:
        """How many announcements a channel shows, or is to show, of each of these members."""
        ...

    async def of_members(
        self,
        member_ids: Sequence[str],
        *,
        since: datetime | None = None,
        is_locked: bool = False,
    ) -> Sequence[Telling]:
        """Every announcement of these members that is not older than `since`, oldest first.

        With `is_locked` they stay as they are until the end of the writing transaction.
        """
        ...

    async def of_digests(self, digest_ids: Sequence[int]) -> Sequence[Telling]:
        """Everything that these digests tell, oldest first, themselves included, locked."""
        ...

    async def rewrite(self, cards: Mapping[int, Card], *, at: datetime) -> None:
        """Say something else in these announcements; a message that is shown is edited.

        What waits goes on waiting, and what is done with stays so.
        """
        ...

    async def replace(self, cards: Mapping[int, Card]) -> None:
        """Keep something else of these announcements; their messages stay as they are."""
        ...
