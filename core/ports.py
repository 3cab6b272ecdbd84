"""What the use cases need from the outside: Patreon and Discord. The database is in `store`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from core.image_rows import Seen
from core.inbox import Hint
from core.members import Campaign, Member, Tier
from core.posts import Post
from core.sheets import Showable

Clock = Callable[[], datetime]
"""Tells the time, aware and in UTC."""

ReadHint = Callable[[str, bytes], Hint]
"""Reads a trigger and a raw body; never raises, whatever the body is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a token belongs to."""

    patreon_id: str
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRead:
    """A campaign as read at `asked_at`, with all its tiers, and the pictures of all of them."""

    campaign: Campaign
    tiers: tuple[Tier, ...]
    asked_at: datetime
    pictures: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRead:
    """A member as read at `asked_at` (the start of the request).

    `fingerprint` is a digest of everything in `member`: equal digests mean equal members.
    `tiers` are the entitled tiers that came along, `avatar` is the address of the user's picture.
    """

    member: Member
    fingerprint: bytes
    tiers: tuple[Tier, ...]
    asked_at: datetime
    avatar: str | None = field(default=None, repr=False)


class Readings(Protocol):
    """The members of a page: told apart at once, read when they are asked for."""

    @property
    def fingerprints(self) -> Mapping[str, bytes]:
        """Everybody's fingerprint (see `MemberRead`) by the members' ids."""
        ...

    def read(self, member_ids: Iterable[str]) -> Sequence[tuple[Member, bytes]]:
        """Read members with their fingerprints, in the order of the ids.

        Raises:
            KeyError: one of them is not on the page.
        """
        ...

    def avatar(self, member_id: str) -> str | None:
        """The address of a member's picture, None without one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersPage:
    """A page of a campaign's members, asked for at `asked_at`.

    `total` is what Patreon says there are in all pages, None when it does not say.
    `next_cursor` is None on the last page.
    """

    members: Readings
    tiers: tuple[Tier, ...]
    total: int | None
    next_cursor: str | None
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsPage:
    """A page of a campaign's posts, in Patreon's order."""

    posts: tuple[Post, ...]
    next_cursor: str | None
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteHook:
    """A webhook as Patreon keeps it; `secret` signs its deliveries."""

    id: str
    uri: str
    triggers: tuple[str, ...]
    secret: str
    is_paused: bool
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Requests sent to Patreon: since the start, in the last minute, and refused ones (4xx)."""

    total: int
    last_minute: int
    minute_limit: int
    refused_last_10_minutes: int


class Patreon(Protocol):
    """Patreon's API as one creator sees it.

    Every call waits for its turn under Patreon's rate limits, has a deadline, and renews the
    tokens when they need it. All raise `TemporaryError` (network, 5xx, `Throttled`, `Blocked`),
    `TokenBroken` (the tokens are refused) or `PermanentError` (Patreon refuses the request).
    """

    async def identity(self) -> Identity:
        """Ask who the token belongs to."""
        ...

    async def campaigns(self) -> Sequence[CampaignRead]:
        """Read all campaigns of the creator with their tiers."""
        ...

    async def members_page(self, campaign_id: str, *, cursor: str | None = None) -> MembersPage:
        """Read a page of up to 1,000 members.

        Raises:
            CursorExpired: start again without a cursor.
        """
        ...

    async def member(self, member_id: str) -> MemberRead | None:
        """Read one member, None when there is no such member (any more)."""
        ...

    async def posts_page(self, campaign_id: str, *, cursor: str | None = None) -> PostsPage:
        """Read a page of posts (about 20, whatever is asked).

        Raises:
            CursorExpired: start again without a cursor.
        """
        ...

    async def post(self, post_id: str) -> Post | None:
        """Read one post, None when there is no such post (any more)."""
        ...

    async def hooks(self) -> Sequence[RemoteHook]:
        """Read the webhooks that this client made; others are invisible."""
        ...

    async def create_hook(
        self, campaign_id: str, *, uri: str, triggers: Sequence[str]
    ) -> RemoteHook:
        """Ask Patreon to call `uri`; the answer carries the secret that signs the calls."""
        ...

    async def update_hook(
        self,
        hook_id: str,
        *,
        uri: str | None = None,
        triggers: Sequence[str] | None = None,
        paused: bool | None = None,
    ) -> RemoteHook:
        """Change what is given; `paused=False` makes Patreon send what it kept."""
        ...

    async def delete_hook(self, hook_id: str) -> None:
        """Remove a webhook; one that is already gone is fine."""
        ...


PatreonOf = Callable[[int], Patreon]
"""Gives the API as the creator with this id sees it."""


class Publisher(Protocol):
    """Shows cards and sheets in channels.

    A sheet for a forum becomes a post there: a thread, and its first message has the same id.
    `channel_id` is always the forum's; `in_forum` says that a message is such a post.

    All raise `TemporaryError` when Discord is away or asks to wait (nothing was sent),
    `OutcomeUnknown` when the call was cut short, and `PermanentError` when the channel is gone
    or a permission is missing (the sentence names it).
    """

    async def send(self, channel_id: int, content: Showable) -> int:
        """Send a message and give its id.

        Repeating it with the same content within `NONCE_WINDOW` shows one message and gives its
        id; but a forum's post that is repeated is posted twice.
        """
        ...

    async def crosspost(self, channel_id: int, message_id: int) -> None:
        """Hand a message on to the channels that follow; safe to repeat.

        A channel that nobody can follow is fine.

        Raises:
            MessageGone: somebody deleted it.
        """
        ...

    async def edit(self, channel_id: int, message_id: int, content: Showable) -> None:
        """Replace a message's content; whom it pinged stays as it was.

        Raises:
            MessageGone: somebody deleted it.
        """
        ...

    async def delete(self, channel_id: int, message_id: int, *, in_forum: bool = False) -> None:
        """Remove a message; one that is already gone is fine."""
        ...

    async def find(
        self, channel_id: int, marker: str, *, after: datetime, in_forum: bool = False
    ) -> int | None:
        """Look through the bot's own messages since `after` for a content's marker."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How the bot stands with Discord."""

    is_ready: bool
    latency: timedelta | None = None
    since: datetime | None = None
    reason: str | None = None
