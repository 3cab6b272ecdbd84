"""Simulated users: what a person can do in a Discord client."""

from collections.abc import Mapping

from . import invoking
from .answers import Answer, press, select
from .interactions import Interaction, Kind
from .permissions import Permission
from .records import Channel, Message, User
from .resolving import Resolver
from .stage import NotPossible, Stage
from .wire import Json


class Actor:
    """One person at a client. Every wait is bounded by its `timeout` in seconds."""

    def __init__(self, stage: Stage, user: User) -> None:
        self._stage = stage
        self.user = user

    def commands(self, channel: str | Channel | None = None) -> list[Json]:
        """List the commands that the client offers in `channel`."""
        place = self._stage.channel(self.user, channel)
        return invoking.offered(self._stage.world, self.user, place)

    def channels(self) -> list[Channel]:
        """List the channels and threads that the user sees, direct messages included."""
        world = self._stage.world
        return [
            each
            for each in world.channels.values()
            if world.permissions(self.user.id, each) & Permission.VIEW_CHANNEL
        ]

    def messages(self, channel: str | Channel | None = None) -> list[Message]:
        """List what the user sees in `channel`, own ephemeral messages included, oldest first."""
        place = self._stage.channel(self.user, channel)
        return self._stage.world.messages.seen_by(self.user.id, place)

    async def slash(
        self,
        command: str,
        *,
        channel: str | Channel | None = None,
        options: Mapping[str, object] | None = None,
        timeout: float = 5.0,
        **values: object,
    ) -> Answer:
        """Use a slash command such as "patreon images refresh" and wait for the first answer.

        Options come by keyword (`-` written as `_`), or in `options` when a name is taken by this
        method: texts, numbers, booleans; people, roles and channels by name or record; files as
        (name, bytes).

        Raises:
            NotPossible: the client would not offer this.
            NoAnswer: the bot did not answer within `timeout` seconds.
        """
        place = self._stage.channel(self.user, channel)
        found, path, _ = invoking.find(self.commands(place), command)
        resolver = Resolver(self._stage.world, self.user, place)
        data = invoking.fill(found, path, {**(options or {}), **values}, resolver)
        return await self._invoke(Kind.COMMAND, place, data, command, timeout)

    async def autocomplete(
        self,
        command: str,
        option: str,
        typed: object = "",
        *,
        channel: str | Channel | None = None,
        options: Mapping[str, object] | None = None,
        timeout: float = 5.0,
        **values: object,
    ) -> list[Json]:
        """Type into an option; returns the bot's suggestions, each with `name` and `value`.

        Raises:
            NotPossible: there is no such option, or it does not autocomplete.
            NoAnswer: the bot did not answer within `timeout` seconds.
        """
        place = self._stage.channel(self.user, channel)
        found, path, _ = invoking.find(self.commands(place), command)
        resolver = Resolver(self._stage.world, self.user, place)
        given = {**(options or {}), **values}
        data = invoking.fill_partly(found, path, (option, typed), given, resolver)
        answer = await self._invoke(Kind.AUTOCOMPLETE, place, data, command, timeout)
        return answer.choices

    async def use_on(self, command: str, target: Message | User, *, timeout: float = 5.0) -> Answer:
        """Use a context menu command on a message or a user, and wait for the first answer.

        Raises:
            NotPossible: the client does not offer it.
            NoAnswer: the bot did not answer within `timeout` seconds.
        """
        world = self._stage.world
        on_message = isinstance(target, Message)
        where = world.channels[target.channel_id] if isinstance(target, Message) else None
        place = self._stage.channel(self.user, where)
        kind = 3 if on_message else 2
        for each in self.commands(place):
            if each["name"] == command and each["type"] == kind:
                break
        else:
            raise NotPossible(f"There is no command {command!r} for this.")
        resolver = Resolver(world, self.user, place)
        if isinstance(target, Message):
            resolver.resolved["messages"] = {str(target.id): world.message_json(target)}
        else:
            resolver.user(target)
        data: Json = {
            "id": each["id"],
            "name": command,
            "type": kind,
            "target_id": str(target.id),
            "resolved": resolver.resolved,
        }
        return await self._invoke(Kind.COMMAND, place, data, command, timeout)

    async def press(self, message: Message, button: str, *, timeout: float = 5.0) -> Answer:
        """Press a button of any visible message, named by its label or custom id.

        Raises:
            NotPossible: the user does not see it or cannot press it.
            NoAnswer: the bot did not answer within `timeout` seconds.
        """
        return await press(self._stage, self.user, message, button, timeout=timeout)

    async def select(
        self, message: Message, menu: str, *values: object, timeout: float = 5.0
    ) -> Answer:
        """Choose in a menu of any visible message, named by its custom id or placeholder.

        Raises:
            NotPossible: the user does not see it or cannot choose this.
            NoAnswer: the bot did not answer within `timeout` seconds.
        """
        return await select(self._stage, self.user, message, menu, values, timeout=timeout)

    async def submit_modal(
        self, opened: Answer, values: Mapping[str, object], *, timeout: float = 5.0
    ) -> Answer:
        """Fill in and submit the modal that `opened` shows; see `Answer.submit`.

        Raises:
            NotPossible: it is not this user's modal, or the client would refuse the values.
            NoAnswer: the bot did not answer within `timeout` seconds.
        """
        if opened.interaction.user is not self.user:
            raise NotPossible("The modal is open on somebody else's screen.")
        return await opened.submit(values, timeout=timeout)

    def say(self, content: str, *, channel: str | Channel | None = None) -> Message:
        """Write an ordinary message."""
        world = self._stage.world
        place = self._stage.channel(self.user, channel)
        message = Message(world.ids.next(), place.id, self.user.id, world.clock(), content=content)
        return world.messages.add(message)

    def react(self, message: Message, emoji: str) -> None:
        """Add a reaction."""
        self._stage.world.messages.react(message, emoji, self.user.id)

    async def _invoke(
        self, kind: Kind, place: Channel, data: Json, name: str, timeout: float
    ) -> Answer:
        interaction: Interaction = await self._stage.act(
            kind, self.user, place, data, timeout=timeout, name=name.removeprefix("/")
        )
        return Answer(self._stage, interaction)
