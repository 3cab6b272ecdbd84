"""Keep the messages of all channels."""

from collections.abc import Sequence
from dataclasses import fields

from .records import Attachment, Channel, Message, MessageFlag
from .state import State
from .wire import Json


class Messages:
    """Adds, changes, finds and removes messages, telling the state's observers.

    It checks nothing: length limits and permissions are the REST routes' business.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._channels: dict[int, dict[int, Message]] = {}

    def add(self, message: Message) -> Message:
        """Show `message` in its channel."""
        state = self._state
        self._channels.setdefault(message.channel_id, {})[message.id] = message
        if channel := state.channels.get(message.channel_id):
            if not message.ephemeral:
                channel.last_message_id = message.id
            if channel.thread and message.id != channel.id:
                channel.thread.message_count += 1
        self._keep_files(message)
        self._tell("message_create", message)
        return message

    def write(
        self,
        author: str,
        channel: str,
        content: str = "",
        *,
        embeds: Sequence[Json] = (),
        attachments: Sequence[Attachment] = (),
        nonce: str | None = None,
    ) -> Message:
        """Post as somebody, named by user name and channel name; for arranging a scene."""
        state = self._state
        place, user = state.channel_named(channel), state.user_named(author)
        moment = state.clock()
        message = Message(state.ids.next(), place.id, user.id, moment, content=content, nonce=nonce)
        message.embeds = list(embeds)
        message.attachments = list(attachments)
        return self.add(message)

    def change(self, message: Message, changed: Message, *, silent: bool = False) -> Message:
        """Give `message` the content of `changed`, keeping what it was in its history.

        A `silent` change leaves `edited_timestamp` alone, as turning "thinking…" into the first
        answer does.
        """
        before = self._state.message_json(message)
        for each in fields(Message):
            if each.name not in {"id", "channel_id", "author_id", "created_at", "history"}:
                setattr(message, each.name, getattr(changed, each.name))
        message.history = [*message.history, before]
        self._keep_files(message)
        if not silent:
            message.edited_at = self._state.clock()
        self._tell("message_update", message)
        return message

    def react(self, message: Message, emoji: str, user_id: int) -> None:
        """Add somebody's reaction; a repeat changes nothing."""
        users = message.reactions.setdefault(emoji, [])
        if user_id not in users:
            users.append(user_id)
            self._tell_reaction("message_reaction_add", message, emoji, user_id)

    def unreact(self, message: Message, emoji: str, user_id: int) -> None:
        """Take somebody's reaction back; does nothing when there is none."""
        users = message.reactions.get(emoji, [])
        if user_id in users:
            users.remove(user_id)
            if not users:
                del message.reactions[emoji]
            self._tell_reaction("message_reaction_remove", message, emoji, user_id)

    def pin(self, message: Message, *, pinned: bool) -> None:
        """Pin or unpin `message`."""
        message.pinned = pinned
        self._tell("message_update", message)

    def publish(self, message: Message) -> None:
        """Mark an announcement as published to the channels that follow."""
        message.flags |= MessageFlag.CROSSPOSTED
        self._tell("message_update", message)

    def delete(self, message: Message) -> None:
        """Remove `message` for everybody."""
        self._channels[message.channel_id].pop(message.id, None)
        for each in message.attachments:
            self._state.files.pop(each.id, None)
        channel = self._state.channels.get(message.channel_id)
        body: Json = {"id": str(message.id), "channel_id": str(message.channel_id)}
        if channel and channel.guild_id:
            body["guild_id"] = str(channel.guild_id)
        self._state.emit(
            "message_delete",
            body,
            guild_id=channel.guild_id if channel else None,
            channel_id=message.channel_id,
            viewer_id=message.viewer_id,
        )

    def forget_channel(self, channel_id: int) -> None:
        """Drop the messages of a channel that is gone; tells nobody."""
        self._channels.pop(channel_id, None)

    def get(self, channel_id: int, message_id: int) -> Message | None:
        """Find one message; None when it never was or is gone."""
        return self._channels.get(channel_id, {}).get(message_id)

    def find(self, message_id: int) -> Message | None:
        """Find one message in any channel."""
        for messages in self._channels.values():
            if message_id in messages:
                return messages[message_id]
        return None

    def all_in(self, channel: Channel | int) -> list[Message]:
        """List a channel's messages, ephemeral ones included, oldest first."""
        channel_id = channel if isinstance(channel, int) else channel.id
        return [message for _, message in sorted(self._channels.get(channel_id, {}).items())]

    def public_in(self, channel: Channel | int) -> list[Message]:
        """List the messages that everybody who may read the channel sees, oldest first."""
        return [message for message in self.all_in(channel) if not message.ephemeral]

    def seen_by(self, user_id: int, channel: Channel | int) -> list[Message]:
        """List what one user sees in a channel, own ephemeral messages included, oldest first."""
        return [each for each in self.all_in(channel) if each.viewer_id in (None, user_id)]

    def _keep_files(self, message: Message) -> None:
        self._state.files |= {each.id: each for each in message.attachments}

    def _tell(self, kind: str, message: Message) -> None:
        state = self._state
        channel = state.channels.get(message.channel_id)
        guild_id = channel.guild_id if channel else None
        body = state.message_json(message)
        if guild_id:
            body["guild_id"] = str(guild_id)
            if (member := state.member(guild_id, message.author_id)) is not None:
                body["member"] = state.member_json(member, with_user=False)
        state.emit(
            kind,
            body,
            guild_id=guild_id,
            channel_id=message.channel_id,
            viewer_id=message.viewer_id,
        )

    def _tell_reaction(self, kind: str, message: Message, emoji: str, user_id: int) -> None:
        channel = self._state.channels.get(message.channel_id)
        guild_id = channel.guild_id if channel else None
        body: Json = {
            "user_id": str(user_id),
            "channel_id": str(message.channel_id),
            "message_id": str(message.id),
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
        }
        if guild_id:
            body["guild_id"] = str(guild_id)
            member = self._state.member(guild_id, user_id)
            if member is not None and kind.endswith("add"):
                body["member"] = self._state.member_json(member)
        self._state.emit(kind, body, guild_id=guild_id, channel_id=message.channel_id)
