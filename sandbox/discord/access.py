"""Open channels and guilds for the bot, or refuse."""

from .errors import missing_access, missing_permissions, unknown, unknown_channel, unknown_message
from .messages import Messages
from .permissions import Permission
from .records import THREADS, Channel, Guild, Message
from .state import State


class Access:
    """Finds what a route names and checks that the bot may use it."""

    def __init__(self, state: State, messages: Messages) -> None:
        self._state = state
        self._messages = messages

    def channel(self, channel_id: int, needed: int = 0) -> Channel:
        """Find a channel that the bot sees and where it holds all `needed` permissions.

        Raises:
            Refused: 10003 unknown, 50001 hidden, 50013 a permission is missing.
        """
        channel = self._state.channels.get(channel_id)
        if channel is None:
            raise unknown_channel()
        held = self._state.permissions(self._state.application.bot_id, channel)
        if not held & Permission.VIEW_CHANNEL:
            raise missing_access()
        if held & needed != needed:
            raise missing_permissions()
        return channel

    def may_send(self, channel: Channel, *, embeds: bool = False, files: bool = False) -> None:
        """Check that the bot may post in `channel`.

        Raises:
            Refused: 50013.
        """
        in_thread = channel.type in THREADS
        needed = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
        if embeds:
            needed |= Permission.EMBED_LINKS
        if files:
            needed |= Permission.ATTACH_FILES
        self.channel(channel.id, needed)

    def message(self, channel: Channel, message_id: int) -> Message:
        """Find a message that everybody in `channel` sees.

        Raises:
            Refused: 10008.
        """
        message = self._messages.get(channel.id, message_id)
        if message is None or message.ephemeral:
            raise unknown_message()
        return message

    def guild(self, guild_id: int, needed: int = 0) -> Guild:
        """Find a guild that the bot is in and where it holds all `needed` permissions.

        Raises:
            Refused: 10004 unknown, 50001 not a member, 50013 a permission is missing.
        """
        guild = self._state.guilds.get(guild_id)
        if guild is None:
            raise unknown("Guild", 10004)
        if self._state.application.bot_id not in guild.members:
            raise missing_access()
        held = self._state.guild_permissions(guild_id, self._state.application.bot_id)
        if held & needed != needed:
            raise missing_permissions()
        return guild

    def highest_position(self, guild: Guild) -> int:
        """Return the position of the bot's highest role in `guild`."""
        bot_id = self._state.application.bot_id
        if guild.owner_id == bot_id:
            return 1 << 30
        return self._state.roles_of(guild.members[bot_id])[-1].position
