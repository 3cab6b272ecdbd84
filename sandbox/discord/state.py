"""What exists in the make-believe Discord, and how each thing looks to others."""

from collections.abc import Callable

from . import message_payloads, payloads, permissions
from .events import Event, Listener, Observers, Subscription
from .records import (
    THREADS,
    Application,
    Attachment,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    User,
)
from .snowflakes import Clock, Snowflakes, now
from .wire import Json, stamp


class State:
    """Holds users, guilds and channels; finds, renders and announces them. Changes nothing.

    `clock` rules every time limit of the platform.
    """

    def __init__(self, clock: Clock = now) -> None:
        self.clock = clock
        self.ids = Snowflakes(clock)
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.files: dict[int, Attachment] = {}
        self.cdn_url = "http://127.0.0.1/cdn"
        self._observers = Observers()
        owner = self._account("owner", "Ada")
        bot = self._account("patreon-bot", None, bot=True)
        self.application = Application(bot.id, "Patreon Bot", bot.id, owner.id)

    def _account(self, username: str, global_name: str | None, *, bot: bool = False) -> User:
        account = User(self.ids.next(), username, global_name, bot)
        self.users[account.id] = account
        return account

    # Watching

    def emit(
        self,
        kind: str,
        data: Json,
        *,
        guild_id: int | None = None,
        channel_id: int | None = None,
        viewer_id: int | None = None,
    ) -> None:
        """Tell everybody who watches that `kind` happened."""
        event: Event = {
            "kind": kind,
            "guild_id": str(guild_id) if guild_id else None,
            "channel_id": str(channel_id) if channel_id else None,
            "viewer_id": str(viewer_id) if viewer_id else None,
            "data": data,
        }
        self._observers.tell(event)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event, in order; returns the function that ends this."""
        return self._observers.listen(listener)

    def subscribe(self, size: int = 1000) -> Subscription:
        """Open a queue of events that holds up to `size` unread ones; close it after use."""
        return self._observers.subscribe(size)

    async def until(
        self, happened: Callable[[], bool], *, timeout: float = 5.0, what: str = "a change"
    ) -> None:
        """Wait until `happened()` is true; it is asked again after every event.

        Raises:
            TimeoutError: it did not become true within `timeout` seconds; the text names `what`.
        """
        await self._observers.until(happened, timeout=timeout, what=what)

    # Finding

    @property
    def bot(self) -> User:
        """Return the bot's account."""
        return self.users[self.application.bot_id]

    @property
    def guild(self) -> Guild:
        """Return the first guild.

        Raises:
            LookupError: there is none.
        """
        for guild in self.guilds.values():
            return guild
        raise LookupError("The world has no guild.")

    def user_named(self, username: str) -> User:
        """Find a user by the user name.

        Raises:
            LookupError: nobody has it.
        """
        for user in self.users.values():
            if user.username == username:
                return user
        raise LookupError(f"Nobody is called {username!r}.")

    def channel_named(self, name: str) -> Channel:
        """Find a guild's channel or thread by its name; a leading # is ignored.

        Raises:
            LookupError: there is none.
        """
        for channel in self.channels.values():
            if channel.name == name.removeprefix("#"):
                return channel
        raise LookupError(f"No channel is called {name!r}.")

    def role_named(self, name: str) -> Role:
        """Find a role by its name in the first guild.

        Raises:
            LookupError: there is none.
        """
        for role in self.guild.roles.values():
            if role.name == name:
                return role
        raise LookupError(f"No role is called {name!r}.")

    def member(self, guild_id: int, user_id: int) -> Member | None:
        """Find a member; None when the guild or the membership does not exist."""
        guild = self.guilds.get(guild_id)
        return guild.members.get(user_id) if guild else None

    def roles_of(self, member: Member) -> list[Role]:
        """List a member's roles from the lowest to the highest, starting with @everyone."""
        guild = self.guilds[member.guild_id]
        held = [guild.roles[guild.id]]
        held += [guild.roles[role_id] for role_id in member.role_ids if role_id in guild.roles]
        return sorted(held, key=lambda role: (role.position, -role.id))

    def guild_permissions(self, guild_id: int, user_id: int) -> int:
        """Compute what a user may do in a guild, channels apart; 0 for a stranger."""
        member = self.member(guild_id, user_id)
        if member is None:
            return 0
        if self.guilds[guild_id].owner_id == user_id:
            return permissions.ALL
        return permissions.in_guild(self.roles_of(member))

    def permissions(self, user_id: int, channel: Channel) -> int:
        """Compute what a user may do in `channel`; a thread follows its parent channel."""
        if channel.guild_id is None:
            return permissions.DIRECT if user_id in channel.recipient_ids else 0
        if channel.type in THREADS and channel.parent_id in self.channels:
            channel = self.channels[channel.parent_id]
        member = self.member(channel.guild_id or 0, user_id)
        if member is None:
            return 0
        return permissions.in_channel(
            self.guild_permissions(member.guild_id, user_id),
            channel.overwrites,
            everyone_id=member.guild_id,
            role_ids=member.role_ids,
            user_id=user_id,
        )

    # Showing

    def channel_json(self, channel: Channel, viewer_id: int | None = None) -> Json:
        """Write a channel; a direct message is seen from the bot's side unless told otherwise."""
        viewer = viewer_id or self.application.bot_id
        others = [self.users[each] for each in channel.recipient_ids if each != viewer]
        return payloads.channel(channel, others)

    def member_json(self, member: Member, *, with_user: bool = True) -> Json:
        """Write a member, with its user unless that is unwanted."""
        return payloads.member(member, self.users[member.user_id] if with_user else None)

    def message_json(self, message: Message) -> Json:
        """Write a message as the REST routes return it."""
        mentions = [self.users[each] for each in message.mention_ids if each in self.users]
        author = self.users[message.author_id]
        body = message_payloads.message(message, author, mentions, self.application.bot_id)
        if message.thread_id in self.channels:
            body["thread"] = self.channel_json(self.channels[message.thread_id])
        return body

    def guild_json(self, guild: Guild) -> Json:
        """Write a guild with its channels, threads and members, as `GUILD_CREATE` carries it."""
        own = [each for each in self.channels.values() if each.guild_id == guild.id]
        return payloads.guild(guild) | {
            "joined_at": stamp(guild.members[self.application.bot_id].joined_at)
            if self.application.bot_id in guild.members
            else None,
            "large": len(guild.members) >= 250,
            "unavailable": False,
            "member_count": len(guild.members),
            "members": [self.member_json(each) for each in guild.members.values()],
            "channels": [payloads.channel(each) for each in own if each.type not in THREADS],
            "threads": [payloads.channel(each) for each in own if each.type in THREADS],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }
