"""Drive the bot through our stand-in, over real sockets."""

import asyncio
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from sandbox.discord import (
    DiscordServer,
    NoAnswer,
    NotPossible,
    Overwrite,
    Permission,
    default_world,
)
from tests.crosscheck import looks
from tests.crosscheck.bot import Bot
from tests.crosscheck.driver import WAIT_SECONDS, Named, NotOffered
from tests.schemas import discord_schemas

SETTLE = timedelta(milliseconds=2)
"""Short, because the driver itself waits for the bot's tasks."""

_BOT_WORK = ("CommandTree-", "discord-ui-")


class Clock:
    """Follows the real clock, plus what a scenario adds."""

    def __init__(self):
        self.ahead = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.ahead


@asynccontextmanager
async def local(commands):
    """Run a bot with `commands` against our stand-in; yields the driver."""
    clock = Clock()
    world = default_world(clock)
    arrange(world)
    async with DiscordServer(world, openapi=discord_schemas(), settle=SETTLE) as server:
        with pointed_at(server):
            bot = Bot(commands)
            await bot.login(server.token)
            runner = asyncio.create_task(bot.connect())
            try:
                await asyncio.wait_for(bot.wait_until_ready(), WAIT_SECONDS)
                yield LocalDriver(server, bot, clock)
            finally:
                await bot.close()
                with suppress(Exception):
                    await asyncio.wait_for(runner, WAIT_SECONDS)


def arrange(world):
    """Add what the default world lacks, and give the bot every permission but administrator."""
    bot_role = world.role_named("Patreon Bot")
    bot_role.permissions = discord.Permissions.all().value & ~int(Permission.ADMINISTRATOR)
    guild = world.guild
    hidden = Overwrite(guild.id, is_role=True, deny=Permission.VIEW_CHANNEL)
    muted = Overwrite(bot_role.id, is_role=True, deny=Permission.SEND_MESSAGES)
    world.add_channel(guild, "vault", overwrites=[hidden])
    world.add_channel(guild, "quiet", overwrites=[muted])
    calm = Overwrite(bot_role.id, is_role=True, deny=Permission.MENTION_EVERYONE)
    world.add_channel(guild, "calm", overwrites=[calm])


@contextmanager
def pointed_at(server):
    """Let discord.py talk to `server`."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, discord.Asset.BASE
    Route.BASE = server.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)
    discord.Asset.BASE = server.cdn_url
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, discord.Asset.BASE = before


class LocalDriver:
    """The driver of our stand-in."""

    def __init__(self, server, bot, clock):
        self._server = server
        self._world = server.world
        self._clock = clock
        self.bot = bot

    def commands(self, user, channel):
        offered = self._server.user(user).commands(channel)
        return sorted(name for each in offered for name in _leaves(each) if each["type"] == 1)

    async def slash(self, user, command, *, channel="general", **options):
        given = {name: self._record(value) for name, value in options.items()}
        actor = self._server.user(user)
        return await self._do(actor.slash(command, channel=channel, options=given))

    async def begin(self, user, command):
        with suppress(NoAnswer):
            await self._server.user(user).slash(command, timeout=0.05)
        async with asyncio.timeout(WAIT_SECONDS):
            while self.bot.held is None:
                await asyncio.sleep(0.005)
        return self.bot.held

    async def autocomplete(self, user, command, option, typed, **options):
        actor = self._server.user(user)
        return await self._do(actor.autocomplete(command, option, typed, options=options))

    async def use_on(self, user, command, target):
        return await self._do(self._server.user(user).use_on(command, self._record(target)))

    async def press(self, user, answer, label):
        return await self._do(self._server.user(user).press(answer.message, label))

    async def select(self, user, answer, custom_id, *values):
        chosen = [self._record(value) for value in values]
        return await self._do(self._server.user(user).select(answer.message, custom_id, *chosen))

    async def submit(self, user, answer, **values):
        given = {name: self._record(value) for name, value in values.items()}
        return await self._do(self._server.user(user).submit_modal(answer, given))

    async def say(self, user, content):
        return self._server.user(user).say(content, channel="general")

    async def pass_time(self, seconds):
        self._clock.ahead += timedelta(seconds=seconds)

    async def act(self, awaitable):
        return await self.bot.attempt(awaitable)

    def seen(self, answer):
        interaction, world = answer.interaction, self._world
        original = interaction.original
        exists = original is not None and world.messages.get(original.channel_id, original.id)
        return looks.plain(
            {
                "thinking": answer.thinking,
                "message": self._look(original) if exists else None,
                "followups": [
                    self._look(each)
                    for each in interaction.followups
                    if world.messages.get(each.channel_id, each.id)
                ],
                "modal": answer.modal,
            }
        )

    def history(self, user, channel):
        return [self._look(each) for each in self._server.user(user).messages(channel)]

    def roles(self, user):
        world = self._world
        member = world.guild.members[world.user_named(user).id]
        return sorted(each.name for each in world.roles_of(member) if each.id != world.guild.id)

    def threads(self, channel):
        parent = self._world.channel_named(channel)
        tags = {each.id: each.name for each in parent.tags}
        return [
            {"name": each.name, "tags": [tags[tag] for tag in each.applied_tag_ids]}
            for each in self._world.channels.values()
            if each.parent_id == parent.id
        ]

    async def _do(self, action):
        try:
            answer = await action
        except NotPossible as error:
            raise NotOffered(str(error)) from error
        work = {each for each in asyncio.all_tasks() if each.get_name().startswith(_BOT_WORK)}
        if work:
            _, late = await asyncio.wait(work, timeout=WAIT_SECONDS)
            assert not late
        return answer

    def _record(self, value):
        if isinstance(value, list):
            return [self._record(each) for each in value]
        if not isinstance(value, Named):
            return value
        find = {
            "user": self._world.user_named,
            "role": self._world.role_named,
            "channel": self._world.channel_named,
        }
        return find[value.kind](value.name)

    def _look(self, message):
        world = self._world
        names = {str(each.id): each.username for each in world.users.values()}
        names |= {str(each.id): each.name for each in world.guild.roles.values()}
        names |= {str(each.id): each.name for each in world.channels.values()}
        return looks.message(world.message_json(message), names)


def _leaves(command, before=""):
    name = f"{before} {command['name']}".strip()
    inner = [each for each in command.get("options") or () if each["type"] in (1, 2)]
    return [leaf for each in inner for leaf in _leaves(each, name)] or [name]
