"""Let users act, and wait until the bot can take it."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

from . import payloads
from .interactions import Interaction, Interactions, Kind
from .permissions import Permission
from .records import Channel, Message, User
from .wire import Json
from .world import World

SETTLE = timedelta(milliseconds=20)
"""How long a user waits after an answer. discord.py registers the handlers of a modal or view only
after it has read the response; whoever clicks in the same instant is ignored."""

_LOOK_SECONDS = 0.001

_APP_ALWAYS = Permission.EMBED_LINKS | Permission.ATTACH_FILES | Permission.MENTION_EVERYONE


class NotPossible(Exception):  # noqa: N818 - said by a user
    """The Discord client would not let the user do this."""


class NoAnswer(TimeoutError):  # noqa: N818 - said by a user
    """The bot did not answer in time: "The application did not respond"."""


class Stage:
    """Where simulated users meet the bot.

    `quiet_seconds` tells for how long no request has been in flight, `is_idle` (in the bot's own
    process) that it has dealt with everything: then nobody needs to wait for longer.
    """

    def __init__(
        self,
        world: World,
        interactions: Interactions,
        quiet_seconds: Callable[[], float],
        settle: timedelta = SETTLE,
        is_idle: Callable[[], bool] = lambda: False,
    ) -> None:
        self.world = world
        self.interactions = interactions
        self._is_idle = is_idle
        self._quiet_seconds = quiet_seconds
        self._settle_seconds = settle.total_seconds()

    async def settle(self) -> None:
        """Wait until the bot has had time to read the answers to its requests.

        A bot that never stops sending is waited for 25 times as long.
        """
        ends_at = time.monotonic() + 25 * self._settle_seconds
        while (quiet := self._quiet_seconds()) < self._settle_seconds:
            if (quiet and self._is_idle()) or time.monotonic() > ends_at:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        for _ in range(10):
            await asyncio.sleep(0)

    def channel(self, user: User, name: str | Channel | None) -> Channel:
        """Find the channel where `user` acts: by name, `@dm`, or (None) the first text channel.

        Raises:
            LookupError: there is none.
            NotPossible: the user does not see it.
        """
        world = self.world
        if isinstance(name, Channel):
            channel = name
        elif name == "@dm":
            channel = world.direct_channel(user)
        elif name is None:
            channel = next(each for each in world.channels.values() if each.type == 0)
        else:
            channel = world.channel_named(name)
        if not world.permissions(user.id, channel) & Permission.VIEW_CHANNEL:
            raise NotPossible(f"{user.username} does not see #{channel.name}.")
        return channel

    async def act(
        self,
        kind: Kind,
        user: User,
        channel: Channel,
        data: Json,
        *,
        timeout: float,
        name: str = "",
        source: Message | None = None,
        parent: Interaction | None = None,
    ) -> Interaction:
        """Send an interaction to the bot and wait for its first answer.

        Raises:
            NoAnswer: none came within `timeout` seconds.
        """
        await self.settle()
        interaction = self.interactions.open(
            kind, user, channel, data, name=name, source=source, parent=parent
        )
        body = self._payload(interaction)
        self.world.emit(
            "interaction_create", body, guild_id=channel.guild_id, channel_id=channel.id
        )
        what = f"an answer to {name or data.get('custom_id')}"
        try:
            await self.world.until(lambda: interaction.answered, timeout=timeout, what=what)
        except TimeoutError as error:
            raise NoAnswer(f"The application did not respond: {error}") from error
        await self.settle()
        return interaction

    def _payload(self, interaction: Interaction) -> Json:
        world, channel, user = self.world, interaction.channel, interaction.user
        application = world.application
        held = world.permissions(user.id, channel)
        bot_held = world.permissions(application.bot_id, channel)
        body: Json = {
            "id": str(interaction.id),
            "application_id": str(application.id),
            "type": int(interaction.kind),
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel": world.channel_json(channel) | {"permissions": str(int(held))},
            "channel_id": str(channel.id),
            "locale": user.locale,
            "app_permissions": str(int(bot_held | _APP_ALWAYS)),
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": interaction.owners(),
            "attachment_size_limit": 10 * 1024 * 1024,
            "context": 0 if channel.guild_id else 1,
        }
        guild = world.guilds.get(channel.guild_id or 0)
        if guild is None:
            body["user"] = payloads.user(user)
        else:
            member = world.member_json(guild.members[user.id])
            body |= {
                "guild_id": str(guild.id),
                "guild_locale": guild.locale,
                "guild": {
                    "id": str(guild.id),
                    "locale": guild.locale,
                    "features": ["COMMUNITY", "NEWS"],
                },
                "member": member | {"permissions": str(int(held))},
            }
            body["attachment_size_limit"] = guild.upload_limit_bytes
        if interaction.source is not None:
            body["message"] = world.message_json(interaction.source)
        return body
