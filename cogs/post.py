"""`/patreon post`: write once, publish everywhere."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.base import CommandArea
from cogs.post_forms import open_post
from cogs.post_ids import Act, Target
from cogs.post_intake import is_form, receive


class PostCommands(CommandArea):
    """The command that opens the form of a new post, and the ear for all forms of posts."""

    @app_commands.command()
    async def post(self, interaction: discord.Interaction) -> None:
        """Write a post: preview it, publish it here, hand it over to Patreon."""
        # Nothing is looked up before: who may do what is checked when the form comes back.
        await open_post(interaction, Target(Act.NEW))

    @commands.Cog.listener("on_interaction")
    async def _receive_posts(self, interaction: discord.Interaction[Any]) -> None:
        if is_form(interaction):
            await receive(interaction)
