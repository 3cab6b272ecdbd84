"""Do in Discord what the person at the page does, as the user they are."""

from collections import OrderedDict
from collections.abc import Mapping

from sandbox.discord import invoking
from sandbox.discord.actors import Actor
from sandbox.discord.answers import Answer
from sandbox.discord.composing import walk
from sandbox.discord.permissions import Permission
from sandbox.discord.records import THREADS, Channel, ChannelType, Message, User
from sandbox.discord.stage import NoAnswer
from sandbox.discord.wire import Json

from .discord_view import may_see
from .protocol import Action, NotNow
from .scene import Scene

ANSWER_SECONDS = 3.2
"""How long the page waits for a first answer: Discord's three seconds and a little for the way."""

MAX_OPEN_MODALS = 5
_USER, _CHANNEL, _ROLE, _MENTIONABLE = 6, 7, 8, 9
_MENUS = {5: _USER, 6: _ROLE, 7: _MENTIONABLE, 8: _CHANNEL}


class Doing:
    """What one person at the page does, from opening a modal to submitting it."""

    def __init__(self, scene: Scene, user: User) -> None:
        self._scene = scene
        self._opened: OrderedDict[str, Answer] = OrderedDict()
        self.user = user

    def say(self, action: Action) -> Json:
        """Write a message.

        Raises:
            NotNow: the user may not write there.
        """
        channel = self._channel(action)
        needed = Permission.SEND_MESSAGES
        if channel.type in THREADS:
            needed = Permission.SEND_MESSAGES_IN_THREADS
        if channel.type is ChannelType.FORUM:
            raise NotNow("A forum holds posts, not messages.")
        if not self._scene.world.permissions(self.user.id, channel) & needed:
            raise NotNow("You do not have permission to send messages in this channel.")
        content = action.text("content", longest=2000).strip()
        if not content:
            raise NotNow("An empty message cannot be sent.")
        self._actor.say(content, channel=channel)
        return {}

    async def command(self, action: Action) -> Json:
        """Use a slash command.

        Raises:
            NotNow: it is not offered, or the bot did not answer in time.
        """
        channel = self._channel(action)
        words, target = self._command(action, channel)
        kinds = {each["name"]: each["type"] for each in target.get("options") or ()}
        options = {
            name: self._named(kinds.get(name, 0), value)
            for name, value in action.values("options").items()
        }
        try:
            answer = await self._actor.slash(
                words, channel=channel, options=options, timeout=ANSWER_SECONDS
            )
        except NoAnswer as error:
            raise NotNow("The application did not respond") from error
        return self._outcome(answer)

    async def suggest(self, action: Action) -> Json:
        """Type into an option; no answer in time means no suggestions."""
        channel = self._channel(action)
        words, _ = self._command(action, channel)
        focused, typed = action.text("focused", longest=32), action.text("typed", longest=6000)
        try:
            choices = await self._actor.autocomplete(
                words,
                focused,
                typed,
                channel=channel,
                options=action.values("options"),
                timeout=ANSWER_SECONDS,
            )
        except NoAnswer:
            choices = []
        return {"choices": choices}

    async def press(self, action: Action) -> Json:
        """Press a button.

        Raises:
            NotNow: it is gone or disabled, or the bot did not answer in time.
        """
        message = self._message(action)
        custom_id = action.text("custom_id", longest=100)
        try:
            answer = await self._actor.press(message, custom_id, timeout=ANSWER_SECONDS)
        except NoAnswer as error:
            raise NotNow("This interaction failed") from error
        return self._outcome(answer)

    async def select(self, action: Action) -> Json:
        """Choose in a menu.

        Raises:
            NotNow: it is gone or disabled, or the bot did not answer in time.
        """
        message = self._message(action)
        custom_id, texts = action.text("custom_id", longest=100), action.texts("values")
        kinds = [
            each["type"] for each in walk(message.components) if each.get("custom_id") == custom_id
        ]
        kind = _MENUS.get(kinds[0], 0) if kinds else 0
        values = [self._named(kind, text) for text in texts]
        try:
            answer = await self._actor.select(message, custom_id, *values, timeout=ANSWER_SECONDS)
        except NoAnswer as error:
            raise NotNow("This interaction failed") from error
        return self._outcome(answer)

    async def submit(self, action: Action) -> Json:
        """Submit an open modal; it stays open when that fails.

        Raises:
            NotNow: it is not open, a value is wrong, or the bot did not answer in time.
        """
        opened = self._opened.get(action.text("opened", longest=20))
        if opened is None or opened.modal is None:
            raise NotNow("This form is no longer open.")
        kinds = {
            each["custom_id"]: each["type"]
            for each in walk(opened.modal["components"])
            if "custom_id" in each
        }
        values = {
            name: self._field(kinds.get(name, 0), value)
            for name, value in action.values("values").items()
        }
        try:
            answer = await opened.submit(values, timeout=ANSWER_SECONDS)
        except NoAnswer as error:
            raise NotNow("Something went wrong. Try again.") from error
        self._opened.pop(str(opened.interaction.id), None)
        return self._outcome(answer)

    def dismiss(self, action: Action) -> Json:
        """Hide an ephemeral message for good.

        Raises:
            NotNow: it is not the user's own.
        """
        message = self._scene.world.messages.find(action.snowflake("message_id"))
        if message is None or message.viewer_id != self.user.id:
            raise NotNow("There is no such message.")
        self._scene.world.messages.delete(message)
        return {}

    @property
    def _actor(self) -> Actor:
        return self._scene.discord.user(self.user.username)

    def _outcome(self, answer: Answer) -> Json:
        if answer.modal is None:
            return {}
        key = str(answer.interaction.id)
        self._opened[key] = answer
        while len(self._opened) > MAX_OPEN_MODALS:
            self._opened.popitem(last=False)
        return {"modal": answer.modal, "opened": key}

    def _channel(self, action: Action) -> Channel:
        channel_id = action.snowflake("channel_id")
        if not may_see(self._scene.world, self.user, channel_id):
            raise NotNow("There is no such channel.")
        return self._scene.world.channels[channel_id]

    def _message(self, action: Action) -> Message:
        channel = self._channel(action)
        message = self._scene.world.messages.get(channel.id, action.snowflake("message_id"))
        if message is None or message.viewer_id not in (None, self.user.id):
            raise NotNow("This message is gone.")
        return message

    def _command(self, action: Action, channel: Channel) -> tuple[str, Json]:
        wanted = action.text("command_id", longest=20)
        offered = self._actor.commands(channel)
        for each in offered:
            if each["id"] == wanted:
                words = " ".join([each["name"], *action.texts("path", most=2)])
                return words, invoking.find(offered, words)[2]
        raise NotNow("This command is outdated, please try again in a few minutes.")

    def _field(self, kind: int, value: object) -> object:
        if kind in _MENUS and isinstance(value, list):
            return [self._named(_MENUS[kind], each) for each in value]
        return value

    def _named(self, kind: int, value: object) -> object:
        """Turn an id into the record that it names, for options that name something."""
        if kind not in (_USER, _CHANNEL, _ROLE, _MENTIONABLE):
            return value
        world = self._scene.world
        key = int(value) if isinstance(value, str) and value.isdecimal() else 0
        groups: Mapping[int, tuple[Mapping[int, object], ...]] = {
            _USER: (world.users,),
            _CHANNEL: (world.channels,),
            _ROLE: (world.guild.roles,),
            _MENTIONABLE: (world.users, world.guild.roles),
        }
        for group in groups[kind]:
            if key in group:
                return group[key]
        raise NotNow("What was chosen no longer exists.")
