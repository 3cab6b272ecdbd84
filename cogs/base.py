"""What every command needs at hand, and how it finds it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import discord
from discord.ext import commands

from core.ports import Clock, Connection
from core.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The use cases that commands call, and what they tell about the bot itself."""

    services: Services
    connection: Callable[[], Connection]
    clock: Clock


class DeskBot(commands.Bot):
    """A bot that carries a desk to what outlives a message: its buttons.

    `at_work` holds the tasks that the bot's end has to wait for.
    """

    desk: Desk
    at_work: set[asyncio.Task[Any]]


class CommandArea(commands.Cog):
    """Base of the mixins that `/patreon` is made of; never added to a bot by itself."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk


def desk_of(interaction: discord.Interaction[Any]) -> Desk:
    """Give the desk of the bot that received an interaction."""
    if not isinstance(interaction.client, DeskBot):
        raise TypeError(f"{type(interaction.client).__name__} carries no desk.")
    return interaction.client.desk


def note_at_work(interaction: discord.Interaction[Any]) -> None:
    """Let the bot's end wait for what somebody asked for: it may take long."""
    task = asyncio.current_task()
    if task is not None and isinstance(interaction.client, DeskBot):
        interaction.client.at_work.add(task)
        task.add_done_callback(interaction.client.at_work.discard)
