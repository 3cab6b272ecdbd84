"""What an announcement says, in plain text: colour and markup belong to who shows it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from core.portraits import Portrait


class Tone(StrEnum):
    """The mood of a card, shown as its colour."""

    WELCOME = "welcome"
    GOOD = "good"
    NEUTRAL = "neutral"
    WARNING = "warning"
    FAREWELL = "farewell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A labelled value: either a text or a moment."""

    name: str
    text: str | None = None
    moment: datetime | None = None


class ActionStyle(StrEnum):
    """How a button looks: as one of several, or as one that cannot be taken back."""

    NEUTRAL = "neutral"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button. `custom_id` (up to 100 characters) comes back when somebody presses it."""

    label: str
    style: ActionStyle = ActionStyle.NEUTRAL
    custom_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A message's content. Every text is plain: whoever shows it escapes it first.

    `actions` are its buttons, at most five. `portrait` is the picture beside it. `marker` is
    unique to the announcement, is carried invisibly by its message and finds it again in a
    channel's history.
    """

    marker: str
    tone: Tone
    title: str
    text: str
    facts: tuple[Fact, ...] = ()
    at: datetime
    url: str | None = None
    actions: tuple[Action, ...] = ()
    portrait: Portrait | None = None

    def to_json(self) -> str:
        """Write the card for the database."""
        return _ADAPTER.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "Card":
        """Read what `to_json` wrote."""
        return _ADAPTER.validate_json(text)


_ADAPTER = TypeAdapter(Card)
