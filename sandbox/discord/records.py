"""The things a Discord server is made of. The world changes them; everybody else only reads."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag

from .wire import Json


class ChannelType(IntEnum):
    """Kinds of channels. Source: Discord developer documentation, "Channel"."""

    TEXT = 0
    DM = 1
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


THREADS = (
    ChannelType.ANNOUNCEMENT_THREAD,
    ChannelType.PUBLIC_THREAD,
    ChannelType.PRIVATE_THREAD,
)


class MessageFlag(IntFlag):
    """Marks of a message. Source: Discord developer documentation, "Message"."""

    CROSSPOSTED = 1 << 0
    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


@dataclass(slots=True)
class User:
    """An account: a person or a bot."""

    id: int
    username: str
    global_name: str | None = None
    bot: bool = False
    avatar: str | None = None
    locale: str = "en-US"

    @property
    def display_name(self) -> str:
        """Return the name that Discord shows."""
        return self.global_name or self.username


@dataclass(slots=True)
class Role:
    """A role of a guild; the one whose id is the guild's is @everyone."""

    id: int
    guild_id: int
    name: str
    permissions: int = 0
    position: int = 1
    color: int = 0
    hoist: bool = False
    mentionable: bool = False
    managed: bool = False
    bot_id: int | None = None


@dataclass(slots=True)
class Overwrite:
    """What one role or member may do differently in one channel."""

    id: int
    is_role: bool
    allow: int = 0
    deny: int = 0


@dataclass(slots=True)
class Tag:
    """A forum's tag."""

    id: int
    name: str
    moderated: bool = False


@dataclass(slots=True)
class Thread:
    """What only threads have."""

    owner_id: int
    created_at: datetime
    archived: bool = False
    locked: bool = False
    auto_archive_minutes: int = 1440
    archived_at: datetime | None = None
    member_ids: set[int] = field(default_factory=set)
    message_count: int = 0


@dataclass(slots=True)
class Channel:
    """A channel, a thread or a direct message."""

    id: int
    type: ChannelType
    name: str = ""
    guild_id: int | None = None
    position: int = 0
    topic: str | None = None
    parent_id: int | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    tags: list[Tag] = field(default_factory=list)
    applied_tag_ids: list[int] = field(default_factory=list)
    requires_tag: bool = False
    nsfw: bool = False
    slowmode_seconds: int = 0
    last_message_id: int | None = None
    thread: Thread | None = None
    recipient_ids: tuple[int, ...] = ()


@dataclass(slots=True)
class Member:
    """A user's membership of a guild."""

    guild_id: int
    user_id: int
    joined_at: datetime
    role_ids: set[int] = field(default_factory=set)
    nick: str | None = None


@dataclass(slots=True)
class Attachment:
    """A file of a message, kept with its bytes."""

    id: int
    filename: str
    content_type: str
    data: bytes
    url: str
    description: str | None = None
    ephemeral: bool = False
    spoiler: bool = False


@dataclass(slots=True)
class Message:
    """A message as it stands now, with the states that it had before."""

    id: int
    channel_id: int
    author_id: int
    created_at: datetime
    type: int = 0
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    edited_at: datetime | None = None
    nonce: str | int | None = None
    pinned: bool = False
    mention_ids: list[int] = field(default_factory=list)
    mention_role_ids: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    reactions: dict[str, list[int]] = field(default_factory=dict)
    reference: Json | None = None
    interaction: Json | None = None
    webhook_id: int | None = None
    thread_id: int | None = None
    viewer_id: int | None = None
    """For an ephemeral message: the only user who sees it."""
    history: list[Json] = field(default_factory=list)
    """The payloads before each edit, oldest first."""

    @property
    def ephemeral(self) -> bool:
        """Tell whether only one user sees it."""
        return bool(self.flags & MessageFlag.EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Tell whether it still shows "thinking…"."""
        return bool(self.flags & MessageFlag.LOADING)


@dataclass(slots=True)
class Guild:
    """A Discord server. Its channels are kept by the world."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    locale: str = "en-US"
    upload_limit_bytes: int = 10 * 1024 * 1024


@dataclass(slots=True)
class Application:
    """The bot's registration in Discord's developer portal."""

    id: int
    name: str
    bot_id: int
    owner_id: int
    privileged_intents: int = 0
    """The privileged intents that are switched on in the portal."""
