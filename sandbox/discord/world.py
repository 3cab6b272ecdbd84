"""The make-believe Discord as a whole: state, messages, commands, and ways to change them."""

from collections.abc import Iterable

from . import payloads
from .commands import Registry
from .messages import Messages
from .permissions import Permission
from .records import (
    THREADS,
    Channel,
    ChannelType,
    Guild,
    Member,
    Overwrite,
    Role,
    Tag,
    Thread,
    User,
)
from .snowflakes import Clock, now
from .state import State
from .wire import Json

EVERYONE = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What a new guild allows everybody."""


class World(State):
    """Everything that exists, and the ways to change it; each change is told to observers.

    It enforces no rules and asks no permission: rules belong to the REST routes, so a test may
    arrange whatever it needs.
    """

    def __init__(self, clock: Clock = now) -> None:
        super().__init__(clock)
        self.messages = Messages(self)
        self.commands = Registry(self)

    def add_user(self, username: str, global_name: str | None = None, *, bot: bool = False) -> User:
        """Create an account."""
        return self._account(username, global_name, bot=bot)

    # Guilds, members, roles

    def add_guild(self, name: str, owner: User) -> Guild:
        """Create a guild with its @everyone role and its owner; the bot is not in it yet."""
        guild = Guild(self.ids.next(), name, owner.id)
        guild.roles[guild.id] = Role(guild.id, guild.id, "@everyone", EVERYONE, position=0)
        self.guilds[guild.id] = guild
        self.add_member(guild, owner)
        return guild

    def add_role(self, guild: Guild, name: str, permissions: int = 0, **more: object) -> Role:
        """Create a role above all others; `more` are further fields of `Role`."""
        highest = max(role.position for role in guild.roles.values())
        role = Role(self.ids.next(), guild.id, name, permissions, position=highest + 1)
        for key, value in more.items():
            setattr(role, key, value)
        guild.roles[role.id] = role
        self._tell_role("guild_role_create", role)
        return role

    def tell_role(self, role: Role) -> None:
        """Announce that `role` was changed."""
        self._tell_role("guild_role_update", role)

    def delete_role(self, role: Role) -> None:
        """Remove a role, from its holders too."""
        guild = self.guilds[role.guild_id]
        del guild.roles[role.id]
        for member in guild.members.values():
            member.role_ids.discard(role.id)
        body: Json = {"guild_id": str(guild.id), "role_id": str(role.id)}
        self.emit("guild_role_delete", body, guild_id=guild.id)

    def add_member(self, guild: Guild, user: User, roles: Iterable[Role] = ()) -> Member:
        """Let `user` join `guild`; when it is the bot, the guild becomes visible to it."""
        member = Member(guild.id, user.id, self.clock(), {role.id for role in roles})
        guild.members[user.id] = member
        if user.id == self.application.bot_id:
            self.emit("guild_create", self.guild_json(guild), guild_id=guild.id)
        else:
            body = self.member_json(member) | {"guild_id": str(guild.id)}
            self.emit("guild_member_add", body, guild_id=guild.id)
        return member

    def remove_member(self, member: Member) -> None:
        """Let somebody leave; when it is the bot, the guild vanishes for it."""
        guild = self.guilds[member.guild_id]
        guild.members.pop(member.user_id, None)
        if member.user_id == self.application.bot_id:
            self.emit("guild_delete", {"id": str(guild.id)}, guild_id=guild.id)
        else:
            body: Json = {
                "guild_id": str(guild.id),
                "user": payloads.user(self.users[member.user_id]),
            }
            self.emit("guild_member_remove", body, guild_id=guild.id)

    def set_roles(self, member: Member, role_ids: Iterable[int]) -> None:
        """Replace a member's roles; nothing is told when they are the same."""
        if member.role_ids != (wanted := set(role_ids)):
            member.role_ids = wanted
            self.tell_member(member)

    def tell_member(self, member: Member) -> None:
        """Announce that `member` was changed."""
        body = self.member_json(member) | {"guild_id": str(member.guild_id)}
        self.emit("guild_member_update", body, guild_id=member.guild_id)

    # Channels

    def add_channel(
        self,
        guild: Guild,
        name: str,
        kind: ChannelType = ChannelType.TEXT,
        *,
        overwrites: Iterable[Overwrite] = (),
        tags: Iterable[str] = (),
        topic: str | None = None,
    ) -> Channel:
        """Create a channel; `tags` are the names of a forum's tags."""
        channel = Channel(self.ids.next(), kind, name, guild.id, topic=topic)
        channel.position = sum(1 for each in self.channels.values() if each.guild_id == guild.id)
        channel.overwrites = {overwrite.id: overwrite for overwrite in overwrites}
        channel.tags = [Tag(self.ids.next(), tag) for tag in tags]
        self.channels[channel.id] = channel
        self._tell_channel("channel_create", channel)
        return channel

    def add_thread(
        self,
        parent: Channel,
        name: str,
        owner_id: int,
        *,
        id: int | None = None,  # noqa: A002 - a forum post's thread has its first message's id
        kind: ChannelType = ChannelType.PUBLIC_THREAD,
        tag_ids: Iterable[int] = (),
        auto_archive_minutes: int = 1440,
    ) -> Channel:
        """Open a thread under `parent`."""
        thread = Channel(id or self.ids.next(), kind, name, parent.guild_id, parent_id=parent.id)
        thread.applied_tag_ids = list(tag_ids)
        thread.thread = Thread(
            owner_id, self.clock(), auto_archive_minutes=auto_archive_minutes, member_ids={owner_id}
        )
        self.channels[thread.id] = thread
        if parent.type is ChannelType.FORUM:
            parent.last_message_id = thread.id
        self._tell_channel("thread_create", thread, newly_created=True)
        return thread

    def direct_channel(self, user: User) -> Channel:
        """Return the bot's direct messages with `user`, opening them when needed."""
        pair = tuple(sorted((user.id, self.application.bot_id)))
        for channel in self.channels.values():
            if channel.recipient_ids == pair:
                return channel
        channel = Channel(self.ids.next(), ChannelType.DM, recipient_ids=pair)
        self.channels[channel.id] = channel
        return channel

    def tell_channel(self, channel: Channel) -> None:
        """Announce that `channel` was changed."""
        in_thread = channel.type in THREADS
        self._tell_channel("thread_update" if in_thread else "channel_update", channel)

    def delete_channel(self, channel: Channel) -> None:
        """Remove a channel with its threads and messages."""
        for child in [each for each in self.channels.values() if each.parent_id == channel.id]:
            if child.type in THREADS:
                self.delete_channel(child)
        self.channels.pop(channel.id, None)
        self.messages.forget_channel(channel.id)
        in_thread = channel.type in THREADS
        self._tell_channel("thread_delete" if in_thread else "channel_delete", channel)

    def allow(self, channel: Channel, who: Role | User, *, allow: int = 0, deny: int = 0) -> None:
        """Set what `who` may do in `channel`, replacing an earlier overwrite."""
        channel.overwrites[who.id] = Overwrite(who.id, isinstance(who, Role), allow, deny)
        self.tell_channel(channel)

    def _tell_channel(self, kind: str, channel: Channel, **more: object) -> None:
        body = self.channel_json(channel) | more
        self.emit(kind, body, guild_id=channel.guild_id, channel_id=channel.id)

    def _tell_role(self, kind: str, role: Role) -> None:
        body: Json = {"guild_id": str(role.guild_id), "role": payloads.role(role)}
        self.emit(kind, body, guild_id=role.guild_id)
