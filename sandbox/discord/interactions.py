"""Keep the interactions that users started, and what became of them."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from .errors import unknown_interaction, unknown_webhook
from .records import Channel, Message, User
from .state import State
from .wire import Json

ANSWER_WITHIN = timedelta(seconds=3)
"""How long a first answer may take. Source: "Receiving and Responding", Discord documentation."""

TOKEN_LIFE = timedelta(minutes=15)
"""How long the token serves for edits and followups. Source: as above."""


class Kind(IntEnum):
    """What a user did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Response(IntEnum):
    """How the bot may answer first."""

    MESSAGE = 4
    DEFER_MESSAGE = 5
    DEFER_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(slots=True)
class Interaction:
    """Something that a user did and the bot has to answer."""

    id: int
    token: str
    kind: Kind
    user: User
    channel: Channel
    created_at: datetime
    data: Json
    name: str = ""
    source: Message | None = None
    """The message whose component was used, or from which a submitted modal was opened."""
    parent: "Interaction | None" = None
    """For a modal: the interaction that opened it."""
    response: Response | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None

    @property
    def answered(self) -> bool:
        """Tell whether the bot gave its first answer."""
        return self.response is not None

    def metadata(self, application_id: int, user: Json) -> Json:
        """Write what a message says about the interaction that caused it."""
        body: Json = {
            "id": str(self.id),
            "type": int(self.kind),
            "user": user,
            "authorizing_integration_owners": self.owners(),
        }
        if self.kind is Kind.COMMAND:
            body["name"] = self.name
        if self.kind is Kind.COMPONENT and self.source:
            body["interacted_message_id"] = str(self.source.id)
        if self.kind is Kind.MODAL and self.parent:
            body["triggering_interaction_metadata"] = self.parent.metadata(application_id, user)
        return body

    def owners(self) -> Json:
        """Tell for whom the application is installed: the guild, or (in DMs) the guild-less 0."""
        return {"0": str(self.channel.guild_id or 0)}


class Interactions:
    """All interactions, found by their tokens."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._by_token: dict[str, Interaction] = {}

    def open(
        self,
        kind: Kind,
        user: User,
        channel: Channel,
        data: Json,
        *,
        name: str = "",
        source: Message | None = None,
        parent: Interaction | None = None,
    ) -> Interaction:
        """Start an interaction; the caller tells the bot about it."""
        state = self._state
        interaction = Interaction(
            state.ids.next(),
            secrets.token_urlsafe(48),
            kind,
            user,
            channel,
            state.clock(),
            data,
            name=name,
            source=source,
            parent=parent,
        )
        self._by_token[interaction.token] = interaction
        return interaction

    def to_answer(self, interaction_id: int, token: str) -> Interaction:
        """Find the interaction that a callback answers.

        Raises:
            Refused: 10062, because there is none or its three seconds are over.
        """
        interaction = self._by_token.get(token)
        if interaction is None or interaction.id != interaction_id:
            raise unknown_interaction()
        late = self._state.clock() - interaction.created_at > ANSWER_WITHIN
        if late and not interaction.answered:
            raise unknown_interaction()
        return interaction

    def answered(self, application_id: int, token: str) -> Interaction:
        """Find the interaction that an edit or followup belongs to.

        Raises:
            Refused: 10015, because there is none, it has no first answer yet, or its fifteen
                minutes are over.
        """
        interaction = self._by_token.get(token)
        if (
            interaction is None
            or application_id != self._state.application.id
            or not interaction.answered
            or self._state.clock() - interaction.created_at > TOKEN_LIFE
        ):
            raise unknown_webhook()
        return interaction

    def tell_answer(self, interaction: Interaction) -> None:
        """Announce the first answer to `interaction`."""
        response = interaction.response or Response.MESSAGE
        body: Json = {
            "interaction_id": str(interaction.id),
            "user_id": str(interaction.user.id),
            "type": int(response),
            "answer": response.name.lower(),
            "message_id": str(interaction.original.id) if interaction.original else None,
        }
        if interaction.modal is not None:
            body["modal"] = interaction.modal
        if interaction.choices is not None:
            body["choices"] = interaction.choices
        hidden = interaction.original is None or interaction.original.ephemeral
        self._state.emit(
            "interaction_answer",
            body,
            guild_id=interaction.channel.guild_id,
            channel_id=interaction.channel.id,
            viewer_id=interaction.user.id if hidden else None,
        )
