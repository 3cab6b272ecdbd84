"""What the database keeps of posts besides themselves: readings, messages and open questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.cards import Card
from core.sheets import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class PostReading:
    """How far a post has come.

    `seen_at` is when its state was saved, or it was found to be gone (None: never). `told_at` is
    when it was found to be out: announced, or passed over.
    """

    post_id: str
    campaign_id: str
    seen_at: datetime | None = None
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostMessage:
    """The announcement that tells of a post for a link; `sheet` is what the outbox wants shown."""

    post_id: str
    link_id: int
    announcement_id: int
    channel_id: int
    sheet: Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class PostDoubt:
    """A question to a guild's staff: which of these drafts a post is.

    `card` is what the outbox wants shown of it. `answer` is the draft's id, 0 for none of them,
    None as long as nobody answered.
    """

    post_id: str
    guild_id: int
    draft_ids: tuple[int, ...]
    announcement_id: int
    card: Card
    asked_at: datetime
    answer: int | None = None
    answered_by: int | None = None
    answered_at: datetime | None = None


class PostMessages(Protocol):
    """Readings of posts, the messages that tell of them, and what is asked about them."""

    async def lock(self, post_ids: Sequence[str], *, campaign_id: str) -> Mapping[str, PostReading]:
        """The readings of these posts, which nobody else changes until the transaction ends.

        A post that was never read belongs to `campaign_id` from now on.
        """
        ...

    async def note(self, readings: Sequence[PostReading]) -> None:
        """Replace readings that are locked."""
        ...

    async def add(self, post_id: str, link_id: int, announcement_id: int) -> None:
        """Note which announcement tells of a post for a link; there must be none yet."""
        ...

    async def of_posts(self, post_ids: Sequence[str]) -> Sequence[PostMessage]:
        """The messages of posts, by post and link."""
        ...

    async def drop(self, post_ids: Sequence[str]) -> None:
        """Forget which announcements tell of these posts, and what was asked about them."""
        ...

    async def ask(self, doubt: PostDoubt) -> None:
        """Keep a question in place of the one to the same guild about the same post."""
        ...

    async def doubt(self, post_id: str, *, guild_id: int) -> PostDoubt | None:
        """What a guild was asked about a post."""
        ...

    async def doubts(self, post_ids: Sequence[str]) -> Sequence[PostDoubt]:
        """What was asked about these posts, whether it is answered or not."""
        ...
