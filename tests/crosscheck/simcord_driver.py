"""Drive the bot through simcord, in process."""

from contextlib import asynccontextmanager

import discord
import simcord
from simcord.backend import serializers

from tests.crosscheck import looks
from tests.crosscheck.bot import Bot
from tests.crosscheck.driver import Named, NotOffered

_MODERATOR = discord.Permissions(manage_messages=True, moderate_members=True, manage_threads=True)


@asynccontextmanager
async def simulated(commands):
    """Run a bot with `commands` against simcord; yields the driver."""
    bot = Bot(commands)
    async with simcord.run(bot, check_errors=False) as env:
        driver = SimcordDriver(env, bot)
        await driver.arrange()
        yield driver


class SimcordDriver:
    """The driver of simcord."""

    def __init__(self, env, bot):
        self._env = env
        self.bot = bot

    async def arrange(self):
        """Build the default world. A role without a position is put below all others."""
        env = self._env
        owner = env.create_user("owner", global_name="Ada")
        self._guild = guild = env.create_guild("Studio", owner=owner)
        guild.create_role("Patreon", managed=True)
        low = [guild.create_role(name) for name in ("Gold", "Silver", "Bronze")]
        above = len(low) + 3
        moderators = guild.create_role("Moderator", permissions=_MODERATOR, position=above)
        admins = guild.create_role(
            "Admin", permissions=discord.Permissions(administrator=True), position=above + 1
        )
        self._users = {
            "owner": guild.add_member(owner, roles=[admins]),
            "moderator": guild.add_member(
                env.create_user("moderator", global_name="Max"), roles=[moderators]
            ),
            "member": guild.add_member(env.create_user("member", global_name="Kim")),
        }
        everyone, bot_role = guild.default_role, guild.me.top_role
        no_view = discord.PermissionOverwrite(view_channel=False)
        view = discord.PermissionOverwrite(view_channel=True)
        mute = discord.PermissionOverwrite(send_messages=False)
        calm = discord.PermissionOverwrite(mention_everyone=False)
        guild.create_text_channel("general")
        guild.create_news_channel("patreon-feed")
        guild.create_text_channel(
            "staff", overwrites={everyone: no_view, moderators: view, bot_role: view}
        )
        forum = guild.create_forum_channel("posts")
        guild.create_text_channel("vault", overwrites={everyone: no_view})
        guild.create_text_channel("quiet", overwrites={bot_role: mute})
        guild.create_text_channel("calm", overwrites={bot_role: calm})
        tags = [discord.ForumTag(name=name) for name in ("News", "Tutorial")]
        await self.bot.get_channel(forum.id).edit(available_tags=tags)
        await env.settle()

    def commands(self, user, channel):
        actor = self._users[user]
        if channel == "@dm":
            return sorted(actor.user.available_commands())
        return sorted(actor.available_commands(self._guild.channels[channel]))

    async def slash(self, user, command, *, channel="general", **options):
        actor = self._users[user]
        given = {name: self._handle(value) for name, value in options.items()}
        if channel == "@dm":
            return await self._do(actor.user.slash(command, **given))
        return await self._do(actor.slash(self._guild.channels[channel], command, **given))

    async def begin(self, user, command):
        await self.slash(user, command)
        return self.bot.held

    async def autocomplete(self, user, command, option, typed, **options):
        actor, channel = self._users[user], self._guild.channels["general"]
        return await self._do(actor.autocomplete(channel, command, option, typed, **options))

    async def use_on(self, user, command, target):
        channel = self._guild.channels["general"]
        action = self._users[user].context_menu(channel, command, self._handle(target))
        return await self._do(action)

    async def press(self, user, answer, label):
        return await self._do(self._users[user].click(answer.response, label=label))

    async def select(self, user, answer, custom_id, *values):
        chosen = [self._handle(value) for value in values]
        action = self._users[user].select(answer.response, chosen, custom_id=custom_id)
        return await self._do(action)

    async def submit(self, user, answer, **values):
        given = {name: self._handle(value) for name, value in values.items()}
        return await self._do(self._users[user].submit_modal(answer, given))

    async def say(self, user, content):
        return await self._users[user].send(self._guild.channels["general"], content)

    async def pass_time(self, seconds):
        await self._env.advance_time(seconds)

    async def act(self, awaitable):
        done = await self.bot.attempt(awaitable)
        await self._env.settle()
        return done

    def seen(self, answer):
        response = answer.response
        return looks.plain(
            {
                "thinking": response is not None and response.flags.loading,
                "message": self._look(response) if response else None,
                "followups": [self._look(each) for each in answer.followups],
                "modal": answer.modal,
            }
        )

    def history(self, user, channel):
        viewer = self._users[user]
        place = self._guild.channels.get(channel) or self._thread(channel)
        return [self._look(each) for each in place.history(viewer=viewer)]

    def roles(self, user):
        held = self._env.backend.get_member(self._guild.id, self._users[user].id).role_ids
        return sorted(name for name, each in self._guild.roles.items() if each.id in held)

    def threads(self, channel):
        parent = self._env.backend.get_channel(self._guild.channels[channel].id)
        tags = {int(each["id"]): each["name"] for each in parent.available_tags}
        return [
            {
                "name": each.name,
                "tags": [tags[tag] for tag in self._env.backend.get_channel(each.id).applied_tags],
            }
            for each in self._guild.channels[channel].threads
        ]

    async def _do(self, action):
        try:
            return await action
        except (simcord.SetupError, simcord.BackendError) as error:
            raise NotOffered(str(error)) from error

    def _thread(self, name):
        for each in self._guild.channels.values():
            for thread in each.threads:
                if thread.name == name:
                    return thread
        raise LookupError(name)

    def _handle(self, value):
        if isinstance(value, list):
            return [self._handle(each) for each in value]
        if not isinstance(value, Named):
            return value
        find = {"user": self._users, "role": self._guild.roles, "channel": self._guild.channels}
        return find[value.kind][value.name]

    def _look(self, message):
        backend = self._env.backend
        stored = backend.get_message(
            getattr(message, "channel_id", None) or message.channel.id, message.id
        )
        names = {str(each.id): each.name for each in backend.users.values()}
        names |= {str(each.id): name for name, each in self._guild.roles.items()}
        names |= {str(each.id): name for name, each in self._guild.channels.items()}
        return looks.message(dict(serializers.message_payload(backend, stored)), names)
