"""Everything that can be switched on: a life of its own, and what goes wrong."""

from sandbox.discord.wire import Json

from .living import Living
from .protocol import NotNow
from .scene import Scene
from .trouble import Trouble
from .troubles_discord import discord_troubles
from .troubles_patreon import patreon_troubles


class Troubles:
    """All troubles on offer, by name. Close it when the page closes."""

    def __init__(self, scene: Scene, *, seed: int = 1) -> None:
        self._living = Living(scene.campaigns, seed=seed)
        life = Trouble(
            "life",
            "Life",
            "Let it live",
            "every few seconds something happens by itself",
            self._live,
            lambda: self._living.is_on,
        )
        found = (life, *patreon_troubles(scene), *discord_troubles(scene))
        self._all = {each.name: each for each in found}

    def view(self) -> list[Json]:
        """Write them for the page."""
        return [each.view() for each in self._all.values()]

    async def make(self, name: str, *, on: bool) -> str:
        """Start or end one; returns a sentence about what is so now.

        Raises:
            NotNow: there is none of that name, or it is not possible now.
        """
        if name not in self._all:
            raise NotNow("There is no such trouble.")
        return await self._all[name].make(on)

    async def close(self) -> None:
        """End what runs in the background."""
        await self._living.stop()

    async def _live(self, on: bool) -> str:
        if not on:
            await self._living.stop()
            return "Nothing happens by itself any more."
        self._living.start()
        return "Every few seconds something happens by itself."
