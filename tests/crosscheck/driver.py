"""What a scenario may do to a stand-in, whichever it is."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tests.crosscheck.bot import Bot

WAIT_SECONDS = 5.0
"""How long any single step may take."""


class NotOffered(Exception):  # noqa: N818 - said by a user
    """The Discord client would not let the user do this."""


@dataclass(frozen=True, slots=True)
class Named:
    """A person, role or channel of the world that both stand-ins have."""

    kind: Literal["user", "role", "channel"]
    name: str


def person(name: str) -> Named:
    return Named("user", name)


def role(name: str) -> Named:
    return Named("role", name)


def place(name: str) -> Named:
    return Named("channel", name)


class Driver(Protocol):
    """One guild, "Studio", with the people, roles and channels of the default world.

    People: `owner` (administrator), `moderator` (manages messages), `member`. Roles from low to
    high: Bronze, Silver, Gold, Patreon (managed), the bot's own, Moderator, Admin. Channels:
    #general, #patreon-feed (announcements), #staff (hidden from members), #vault (hidden from the
    bot), #quiet (the bot may not write), #calm (the bot may not mention everyone), and the forum
    #posts with the tags News and Tutorial.
    Answers are opaque: `seen` tells what the user sees of one now.

    Whatever a client would not offer raises `NotOffered`.
    """

    bot: Bot

    def commands(self, user: str, channel: str) -> list[str]:
        """List the invocations that the client offers; `@dm` is the bot's direct messages."""

    async def slash(
        self, user: str, command: str, *, channel: str = "general", **options: object
    ) -> Any:
        """Use a command and wait until the bot is done."""

    async def begin(self, user: str, command: str) -> Any:
        """Use a command that only keeps its interaction; returns it as the bot has it."""

    async def autocomplete(
        self, user: str, command: str, option: str, typed: str, **options: object
    ) -> list[dict[str, object]]:
        """Type into an option; returns the suggestions."""

    async def use_on(self, user: str, command: str, target: Any) -> Any:
        """Use a context menu on what `say` returned in #general, or on a person."""

    async def press(self, user: str, answer: Any, label: str) -> Any:
        """Press a button of an answer's message."""

    async def select(self, user: str, answer: Any, custom_id: str, *values: object) -> Any:
        """Choose in a menu of an answer's message."""

    async def submit(self, user: str, answer: Any, **values: object) -> Any:
        """Submit the modal that an answer opened, fields named by custom id."""

    async def say(self, user: str, content: str) -> Any:
        """Write into #general."""

    async def pass_time(self, seconds: float) -> None:
        """Let time pass on the stand-in's clock."""

    async def act(self, awaitable: Any) -> Any:
        """Let the bot do something of its own accord, refusals noted."""

    def seen(self, answer: Any) -> dict[str, Any]:
        """Tell what became of an interaction, as the user sees it."""

    def history(self, user: str, channel: str) -> list[dict[str, Any]]:
        """List the messages that a user sees in a channel or thread, oldest first."""

    def roles(self, user: str) -> list[str]:
        """List the names of a member's roles, sorted."""

    def threads(self, channel: str) -> list[dict[str, Any]]:
        """List the threads of a channel: name and tags."""


async def refused(attempt: Any) -> bool:
    """Tell whether the client refuses `attempt`."""
    try:
        await attempt
    except NotOffered:
        return True
    return False
