"""What the database keeps of composed posts: drafts, their messages, and every form."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.drafts import Draft, DraftState, HandOver
from core.sheets import Sheet

Answer = str | int | bool | None | Sequence[str]
"""What a field of a form held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A form as it was sent, before anybody looked at it.

    `id` is Discord's id of the interaction: the same form sent twice is one. `custom_id` says what
    it asks for. `message_id` is the message below which it was opened. `draft_id` is the draft that
    it made or changed; `problem` says why it did not. `dismissed_at`: its sender needs it no more.
    """

    id: int
    guild_id: int
    user_id: int
    custom_id: str
    fields: Mapping[str, Answer]
    received_at: datetime
    channel_id: int | None = None
    message_id: int | None = None
    draft_id: int | None = None
    problem: str | None = None
    dismissed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMessage:
    """A message of a published draft: one of a channel's, in their order from 0.

    `sheet` is what the outbox wants shown.
    """

    draft_id: int
    channel_id: int
    position: int
    announcement_id: int
    sheet: Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """A draft in a list, without its content. `is_approved`: a second person approved it."""

    id: int
    campaign_id: str
    author_id: int
    state: DraftState
    version: int
    title: str
    name: str | None
    note: str | None
    is_approved: bool
    publish_at: datetime | None
    time_zone: str | None
    hand_over: HandOver
    updated_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftQuery:
    """Which drafts of a guild to list. Empty filters match all but templates and discarded ones.

    Scheduled ones come first, the soonest first; then the others, the last changed first.
    """

    guild_id: int
    states: frozenset[DraftState] = frozenset()
    author_id: int | None = None
    campaign_id: str | None = None
    offset: int = 0
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """A page of a list, and how many match in all."""

    lines: tuple[DraftLine, ...]
    matching: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Since when a guild's scheduled posts wait, and who said so."""

    by: int
    at: datetime


class Submissions(Protocol):
    """Every form that reached the bot."""

    async def add(self, submission: Submission) -> bool:
        """Keep a form; False when it is kept already."""
        ...

    async def get(self, submission_id: int, *, guild_id: int, user_id: int) -> Submission | None:
        """A person's form in a guild."""
        ...

    async def lock(
        self, ids: Sequence[int], *, guild_id: int, user_id: int
    ) -> Sequence[Submission]:
        """Give those of a person's forms in a guild, by id; until the transaction ends nobody else
        uses or dismisses them.
        """
        ...

    async def fill(
        self, submission_id: int, fields: Mapping[str, Answer], *, digests: Collection[str] = ()
    ) -> None:
        """Replace what a form holds, and which files of the shelf it needs."""
        ...

    async def use(self, ids: Sequence[int], *, draft_id: int) -> None:
        """Note which draft forms made or changed; those that were used stay as they are.

        They need no files any more.
        """
        ...

    async def refuse(self, submission_id: int, problem: str) -> None:
        """Note why a form was not used, unless it was."""
        ...

    async def dismiss(self, submission_id: int, *, at: datetime) -> None:
        """Note that a form is needed no more, unless it was used."""
        ...

    async def unused(self, guild_id: int, user_id: int, *, limit: int) -> Sequence[Submission]:
        """A person's forms that were neither used nor dismissed, latest first."""
        ...

    async def forget(self, before: datetime, *, limit: int) -> int:
        """Forget up to `limit` forms that were received before then; gives how many."""
        ...

    async def which_kept(self, digests: Sequence[str]) -> set[str]:
        """Those of `digests` that are pictures of a form that was not used."""
        ...


class Drafts(Protocol):
    """Drafts. Whoever reads one for a guild names the guild."""

    async def add(self, draft: Draft) -> Draft:
        """Keep a new draft (id 0); gives it with its id."""
        ...

    async def get(self, draft_id: int, *, guild_id: int) -> Draft | None:
        """A guild's draft."""
        ...

    async def lock(self, draft_id: int, *, guild_id: int) -> Draft | None:
        """A guild's draft, which nobody else changes until the transaction ends."""
        ...

    async def save(self, draft: Draft, *, expected: int) -> bool:
        """Replace a draft of the version `expected`; False when somebody was faster.

        How it stands with Patreon is left alone (see `hand_over`).
        """
        ...

    async def page(self, query: DraftQuery) -> DraftPage:
        """A page of a list."""
        ...

    async def template(self, guild_id: int, name: str) -> Draft | None:
        """A guild's template of this name, ignoring case."""
        ...

    async def due(self, at: datetime, *, limit: int) -> Sequence[Draft]:
        """The scheduled drafts that are due, of guilds that are not paused, longest due first."""
        ...

    async def next_due(self) -> datetime | None:
        """When the next scheduled draft of a guild that is not paused is due."""
        ...

    async def pause(self, guild_id: int, pause: Pause | None) -> bool:
        """Hold a guild's scheduled drafts back, or no longer (None); False: it was so already."""
        ...

    async def paused(self, guild_id: int) -> Pause | None:
        """Whether a guild's scheduled drafts are held back."""
        ...

    async def set_messages(self, draft_id: int, messages: Sequence[DraftMessage]) -> None:
        """Make these the messages of a draft; their sheets are the outbox's to keep."""
        ...

    async def messages(self, draft_id: int) -> Sequence[DraftMessage]:
        """A draft's messages by channel and position."""
        ...

    async def by_page_key(self, page_key: str) -> Draft | None:
        """The draft with this page key, of whatever guild and state."""
        ...

    async def hand_over(
        self, draft_id: int, to: HandOver, *, at: datetime | None = None, post_id: str | None = None
    ) -> None:
        """Note how a draft stands with Patreon; its version stays.

        `at` None leaves when it was handed over, `post_id` None says that it has no post.
        """
        ...

    async def unlinked(self, campaign_id: str, *, since: datetime) -> Sequence[Draft]:
        """Lock a campaign's drafts that a new post of Patreon's may be, oldest first.

        Those handed over and not linked, and those published in Discord and not linked, when that
        happened at `since` or later; neither discarded ones nor templates.
        """
        ...

    async def of_post(self, post_id: str) -> Sequence[Draft]:
        """The drafts that are this post of Patreon's, or are in doubt to be, oldest first."""
        ...

    async def which_kept(self, digests: Sequence[str]) -> set[str]:
        """Those of `digests` that are pictures of a draft."""
        ...

    async def forget(self, discarded_before: datetime, *, limit: int) -> int:
        """Forget up to `limit` drafts that were discarded before then; gives how many."""
        ...
