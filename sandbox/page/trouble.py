"""One thing that can go wrong in a demo, as the page offers it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sandbox.discord.wire import Json


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something to start, and if it is a switch (`is_on`), to end again.

    `make` gets whether to start or end it, and gives a sentence about what is so now.
    """

    name: str
    group: str
    title: str
    detail: str
    make: Callable[[bool], Awaitable[str]]
    is_on: Callable[[], bool] | None = None

    def view(self) -> Json:
        """Write it for the page."""
        return {
            "name": self.name,
            "group": self.group,
            "title": self.title,
            "detail": self.detail,
            "is_switch": self.is_on is not None,
            "is_on": self.is_on is not None and self.is_on(),
        }


def once(act: Callable[[], None], said: str) -> Callable[[bool], Awaitable[str]]:
    """Make the `make` of a trouble that happens and is over."""

    async def make(_on: bool) -> str:
        act()
        return said

    return make


def switch(put: Callable[[bool], None], *, on: str, off: str) -> Callable[[bool], Awaitable[str]]:
    """Make the `make` of a trouble that `put` starts and ends; `on` and `off` say what is so."""

    async def make(wanted: bool) -> str:
        put(wanted)
        return on if wanted else off

    return make
