"""What can go wrong on Discord's side."""

from sandbox.discord.permissions import Permission
from sandbox.discord.records import Channel, Overwrite

from .protocol import NotNow
from .scene import Scene
from .trouble import Trouble, once

GROUP = "Discord"
FEED = "patreon-feed"
AWAY_SECONDS = 10.0
_MESSAGES = "/channels/{channel_id}/messages"


def discord_troubles(scene: Scene) -> list[Trouble]:
    """List them: failing requests, a gateway that goes away, a feed that cannot be written to."""
    faults, feed = scene.discord.faults, _Feed(scene)

    async def away(_on: bool) -> str:
        await scene.discord.gateway.go_away(AWAY_SECONDS)
        return f"The gateway is away for {AWAY_SECONDS:g} seconds."

    return [
        Trouble(
            "discord-429",
            GROUP,
            "Rate limit",
            "the next 2 messages answer 429, wait 3 seconds",
            once(
                lambda: faults.rate_limit("POST", _MESSAGES, retry_after_seconds=3, times=2),
                "Discord will answer the next 2 messages with 429.",
            ),
        ),
        Trouble(
            "discord-500",
            GROUP,
            "Server error",
            "the next 2 messages answer 500",
            once(
                lambda: faults.fail("POST", _MESSAGES, status=500, times=2),
                "Discord will answer the next 2 messages with 500.",
            ),
        ),
        Trouble(
            "discord-torn",
            GROUP,
            "Lost answer",
            "the next message is posted, its answer is lost",
            once(
                lambda: faults.drop("POST", _MESSAGES, after_effect=True),
                "The next message will be posted, but the bot will not be told.",
            ),
        ),
        Trouble("discord-away", GROUP, "Gateway away", f"for {AWAY_SECONDS:g} seconds", away),
        Trouble(
            "discord-denied",
            GROUP,
            "Permission withdrawn",
            f"the bot may not write in #{FEED}",
            feed.deny,
            lambda: feed.is_denied,
        ),
        Trouble(
            "discord-gone",
            GROUP,
            "Channel deleted",
            f"#{FEED} does not exist",
            feed.delete,
            lambda: feed.is_gone,
        ),
    ]


class _Feed:
    """The channel of the feed, which can be closed to the bot and deleted, and restored."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._gone: Channel | None = None
        self._before: Overwrite | None = None
        self.is_denied = False

    @property
    def is_gone(self) -> bool:
        """Whether it is deleted."""
        return self._gone is not None

    async def deny(self, on: bool) -> str:
        """Take the bot's right to write there, or give it back.

        Raises:
            NotNow: the channel is deleted.
        """
        channel, bot = self._scene.channel_named(FEED), self._scene.world.bot
        if channel is None:
            raise NotNow(f"#{FEED} is deleted: bring it back first.")
        if on and not self.is_denied:
            self._before = channel.overwrites.get(bot.id)
            denied = Permission.SEND_MESSAGES | (self._before.deny if self._before else 0)
            channel.overwrites[bot.id] = Overwrite(bot.id, is_role=False, deny=int(denied))
        elif not on and self.is_denied:
            channel.overwrites.pop(bot.id, None)
            if self._before is not None:
                channel.overwrites[bot.id] = self._before
        self.is_denied = on
        self._scene.world.tell_channel(channel)
        return f"The bot may {'no longer' if on else 'again'} write in #{FEED}."

    async def delete(self, on: bool) -> str:
        """Delete it with its messages, or bring it back empty under its old id.

        Raises:
            NotNow: it is deleted already.
        """
        world = self._scene.world
        if on:
            channel = self._scene.channel_named(FEED)
            if channel is None:
                raise NotNow(f"#{FEED} is deleted already.")
            self._gone = channel
            world.delete_channel(channel)
            return f"#{FEED} is deleted, with its messages."
        if self._gone is not None:
            channel, self._gone = self._gone, None
            world.channels[channel.id] = channel
            body = world.channel_json(channel)
            world.emit("channel_create", body, guild_id=channel.guild_id, channel_id=channel.id)
        return f"#{FEED} is back, empty."
