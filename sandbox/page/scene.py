"""The two stand-ins that the page shows, and the parts of them that the demo names."""

from dataclasses import dataclass

from sandbox.discord.records import Channel, User
from sandbox.discord.server import DiscordServer
from sandbox.discord.world import World
from sandbox.patreon.server import PatreonServer
from sandbox.patreon.world import PatreonWorld


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that the page can look at and play with."""

    discord: DiscordServer
    patreon: PatreonServer

    @property
    def world(self) -> World:
        """What exists in Discord."""
        return self.discord.world

    @property
    def campaigns(self) -> PatreonWorld:
        """What exists on Patreon."""
        return self.patreon.world

    @property
    def people(self) -> list[User]:
        """Whom the person at the page may be: every account that is no bot, the owner first."""
        return [user for user in self.world.users.values() if not user.bot]

    @property
    def media_bases(self) -> list[str]:
        """Where the pictures and files of the stand-ins begin."""
        return [self.discord.cdn_url, self.patreon.image_base_url]

    def channel_named(self, name: str) -> Channel | None:
        """Find a channel by its name; None when it is gone."""
        try:
            return self.world.channel_named(name)
        except LookupError:
            return None
