"""Look at the bot's answer as the user sees it, and act on it."""

from collections.abc import Callable, Mapping

from . import clicking, modals
from .interactions import Interaction, Kind
from .records import Attachment, Channel, Message, User
from .stage import NotPossible, Stage
from .wire import Json


class Answer:
    """What the bot made of one interaction. Its properties follow later edits."""

    def __init__(self, stage: Stage, interaction: Interaction) -> None:
        self._stage = stage
        self._edits_seen = 0
        self.interaction = interaction

    @property
    def message(self) -> Message:
        """Return the first answer as it stands now.

        Raises:
            LookupError: the answer is no message, or the message is gone.
        """
        message = self.interaction.original
        if message is None or self._gone(message):
            raise LookupError("The bot shows no message as its answer.")
        return message

    @property
    def content(self) -> str:
        """Return the text."""
        return self.message.content

    @property
    def embeds(self) -> list[Json]:
        """Return the embeds."""
        return self.message.embeds

    @property
    def components(self) -> list[Json]:
        """Return the components: rows, or the layout of a Components V2 message."""
        return self.message.components

    @property
    def attachments(self) -> list[Attachment]:
        """Return the files."""
        return self.message.attachments

    @property
    def ephemeral(self) -> bool:
        """Tell whether only the user sees it."""
        return self.message.ephemeral

    @property
    def thinking(self) -> bool:
        """Tell whether the bot deferred and has not said anything yet."""
        return self.interaction.original is not None and self.interaction.original.loading

    @property
    def deleted(self) -> bool:
        """Tell whether the answer was a message and is gone."""
        message = self.interaction.original
        return message is not None and self._gone(message)

    @property
    def edits(self) -> list[Json]:
        """Return the payloads that the message had before, oldest first."""
        return self.message.history

    @property
    def followups(self) -> list[Message]:
        """Return the further messages, oldest first."""
        return self.interaction.followups

    @property
    def modal(self) -> Json | None:
        """Return the modal that the bot opened."""
        return self.interaction.modal

    @property
    def choices(self) -> list[Json]:
        """Return the suggestions of an autocomplete answer."""
        return self.interaction.choices or []

    @property
    def text(self) -> str:
        """Return all words of the message: content, embeds, text displays and button labels."""
        return clicking.words(self.message)

    async def until(
        self, happened: Callable[["Answer"], bool], *, timeout: float = 5.0, what: str = "a change"
    ) -> "Answer":
        """Wait until `happened(answer)` is true, and give the bot a moment to settle.

        Raises:
            TimeoutError: it did not become true within `timeout` seconds.
        """
        await self._stage.world.until(lambda: happened(self), timeout=timeout, what=what)
        await self._stage.settle()
        return self

    async def finished(self, *, timeout: float = 5.0) -> "Answer":
        """Wait until the bot no longer shows "thinking…".

        Raises:
            TimeoutError: it still thinks after `timeout` seconds.
        """
        return await self.until(
            lambda answer: not answer.thinking, timeout=timeout, what="the end of thinking"
        )

    async def edited(self, *, timeout: float = 5.0) -> "Answer":
        """Wait for an edit that no earlier call of this method has reported.

        Raises:
            TimeoutError: none came within `timeout` seconds.
        """
        await self.until(
            lambda answer: len(answer.message.history) > self._edits_seen,
            timeout=timeout,
            what="an edit",
        )
        self._edits_seen = len(self.message.history)
        return self

    async def followed_up(self, count: int = 1, *, timeout: float = 5.0) -> Message:
        """Wait until there are `count` followups; returns the last of these.

        Raises:
            TimeoutError: they did not come within `timeout` seconds.
        """
        await self.until(
            lambda answer: len(answer.followups) >= count, timeout=timeout, what="a followup"
        )
        return self.followups[count - 1]

    async def press(self, button: str, *, timeout: float = 5.0) -> "Answer":
        """Press a button, named by its label or custom id.

        Raises:
            NotPossible: there is no such button, or it is disabled.
            NoAnswer: the bot did not answer within `timeout` seconds.
        """
        return await press(self._stage, self._user, self.message, button, timeout=timeout)

    async def select(self, menu: str, *values: object, timeout: float = 5.0) -> "Answer":
        """Choose `values` (labels, values, names or records) in a menu.

        The menu is named by its custom id or placeholder.

        Raises:
            NotPossible: there is no such menu or value.
            NoAnswer: the bot did not answer within `timeout` seconds.
        """
        return await select(self._stage, self._user, self.message, menu, values, timeout=timeout)

    async def submit(
        self, values: Mapping[str, object] | None = None, *, timeout: float = 5.0
    ) -> "Answer":
        """Fill in the opened modal, fields named by label or custom id, and submit it.

        Texts are `str`, selects a value or a list of values, checkboxes `bool`, files a list of
        (name, bytes) pairs. Fields left out keep their defaults.

        Raises:
            NotPossible: no modal is open, or the client would refuse the values.
            NoAnswer: the bot did not answer within `timeout` seconds.
        """
        if self.modal is None:
            raise NotPossible("The bot opened no modal.")
        data = modals.submission(
            self._stage.world, self._user, self._channel, self.modal, values or {}
        )
        interaction = await self._stage.act(
            Kind.MODAL,
            self._user,
            self._channel,
            data,
            timeout=timeout,
            source=self.interaction.source,
            parent=self.interaction,
        )
        return Answer(self._stage, interaction)

    @property
    def _user(self) -> User:
        return self.interaction.user

    @property
    def _channel(self) -> Channel:
        return self.interaction.channel

    def _gone(self, message: Message) -> bool:
        return self._stage.world.messages.get(message.channel_id, message.id) is None


async def press(
    stage: Stage, user: User, message: Message, button: str, *, timeout: float
) -> Answer:
    """Let `user` press a button of `message`, named by its label or custom id.

    Raises:
        NotPossible: there is no such button, or it cannot be pressed.
        NoAnswer: the bot did not answer within `timeout` seconds.
    """
    return await _use(stage, user, message, clicking.press(message, button), timeout)


async def select(
    stage: Stage,
    user: User,
    message: Message,
    menu: str,
    values: tuple[object, ...],
    *,
    timeout: float,
) -> Answer:
    """Let `user` choose in a menu of `message`, named by its custom id or placeholder.

    Raises:
        NotPossible: there is no such menu or value.
        NoAnswer: the bot did not answer within `timeout` seconds.
    """
    channel = stage.world.channels[message.channel_id]
    data = clicking.select(stage.world, user, channel, message, menu, values)
    return await _use(stage, user, message, data, timeout)


async def _use(stage: Stage, user: User, message: Message, data: Json, timeout: float) -> Answer:
    if message.viewer_id not in (None, user.id):
        raise NotPossible(f"{user.username} does not see this message.")
    channel = stage.channel(user, stage.world.channels[message.channel_id])
    interaction = await stage.act(
        Kind.COMPONENT, user, channel, data, timeout=timeout, source=message
    )
    return Answer(stage, interaction)
