"""The bot that both stand-ins run: it answers as it is told and notes what Discord refused."""

import discord
from discord import app_commands


def describe(error):
    """Name an error by what can be compared: HTTP status and Discord's code, or its type."""
    error = getattr(error, "original", error)
    if isinstance(error, discord.HTTPException):
        return f"{error.status} {error.code}"
    return type(error).__name__


class Tree(app_commands.CommandTree):
    async def on_error(self, interaction, error):
        self.client.failures.append(describe(error))


class Bot(discord.Client):
    """discord.py's client with a command tree; `failures` is what went wrong, in order."""

    def __init__(self, commands):
        super().__init__(
            intents=discord.Intents(guilds=True),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.02,
        )
        self.failures = []
        self.held = None
        self.tree = Tree(self)
        for command in commands:
            self.tree.add_command(command)

    async def setup_hook(self):
        await self.tree.sync()

    def channel(self, name):
        """Find a channel of the guild by its name."""
        return discord.utils.get(self.guilds[0].channels, name=name)

    def role(self, name):
        """Find a role of the guild by its name."""
        return discord.utils.get(self.guilds[0].roles, name=name)

    async def attempt(self, awaitable):
        """Await, and note a refusal instead of raising it; returns None then."""
        try:
            return await awaitable
        except (discord.DiscordException, ValueError, TypeError) as error:
            self.failures.append(describe(error))
            return None


class Buttons(discord.ui.View):
    """A view that notes its failures."""

    async def on_error(self, interaction, error, item):
        interaction.client.failures.append(describe(error))


class Layout(discord.ui.LayoutView):
    """A layout that notes its failures."""

    async def on_error(self, interaction, error, item):
        interaction.client.failures.append(describe(error))


class Form(discord.ui.Modal):
    """A modal that notes its failures."""

    async def on_error(self, interaction, error):
        interaction.client.failures.append(describe(error))


def no_commands():
    """List the commands of a bot that acts by itself only."""
    return []


async def somebody(driver):
    """Return the member as the bot knows those who wrote something."""
    await driver.say("member", "Here I am")
    (last,) = [each async for each in driver.bot.channel("general").history(limit=1)]
    return last.author
