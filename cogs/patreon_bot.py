"""The bot as discord.py sees it: what it hears, what it answers, how it stands."""

import asyncio
import logging
import sys
from datetime import datetime, timedelta
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.audit_buttons import AuditButton
from cogs.base import Desk, DeskBot, note_at_work
from cogs.brake_buttons import PressButton
from cogs.commands_sync import sync_commands
from cogs.connect_buttons import AccountMenu, AnswerButton
from cogs.doctor_buttons import DoctorButton
from cogs.lookups_buttons import LookupButton
from cogs.member_buttons import TurnButton
from cogs.patreon import Patreon
from cogs.patron import Patron
from cogs.patron_buttons import PatronButton
from cogs.permissions_buttons import RightsMenu, RoleMenu, StepButton
from cogs.post_buttons import PostButton, PostMenu
from cogs.post_list import PostListButton
from cogs.post_match_buttons import PostMatchButton
from cogs.replies import report
from cogs.rest import LONGEST_PAUSE_SECONDS
from cogs.setup_buttons import SetupButton, SetupChannels, SetupMenu
from cogs.webhook_buttons import ActMenu, LookButton
from cogs.words_buttons import WordsButton
from core.store import Store

log = logging.getLogger(__name__)

_LONGEST_ANSWER_SECONDS = 10.0


class Tree(app_commands.CommandTree[Any]):
    """The slash commands; what they raise is worded for the person who used one."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let everything through, noting that it is at work."""
        note_at_work(interaction)
        return True

    async def on_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        """Answer the person; log what the admin must know."""
        await report(interaction, error)


class PatreonBot(DeskBot):
    """One connection's worth of bot: made anew when Discord was away.

    It needs the guilds intent only, pings nobody and keeps no worker of its own. `at_work` holds
    the commands that are running: they may outlive the connection.
    """

    def __init__(
        self,
        desk: Desk,
        store: Store,
        *,
        guild_ready_timeout: timedelta,
        at_work: set[asyncio.Task[Any]],
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=LONGEST_PAUSE_SECONDS,
            guild_ready_timeout=guild_ready_timeout.total_seconds(),
        )
        self.desk = desk
        self.at_work = at_work
        self.was_ready = False
        self.connected_since: datetime | None = None
        self._store = store

    async def setup_hook(self) -> None:
        """Put the commands and buttons in place; runs once, after login and before connecting."""
        await self.add_cog(Patreon(self.desk))
        await self.add_cog(Patron(self.desk))
        self.add_dynamic_items(
            AccountMenu,
            AnswerButton,
            AuditButton,
            DoctorButton,
            RoleMenu,
            RightsMenu,
            StepButton,
            TurnButton,
            LookupButton,
            LookButton,
            ActMenu,
            PatronButton,
            PostButton,
            PostListButton,
            PostMatchButton,
            PostMenu,
            PressButton,
            SetupButton,
            SetupChannels,
            SetupMenu,
            WordsButton,
        )
        await sync_commands(self.tree, self._store)

    @property
    def answer_time(self) -> timedelta | None:
        """The latest heartbeat's way to Discord and back, None when it is not known.

        discord.py notes in another thread when a heartbeat was sent; an answer that comes first
        seems to have taken since the heartbeat before, which is 41 seconds at Discord.
        """
        is_true = 0 <= self.latency <= _LONGEST_ANSWER_SECONDS
        return timedelta(seconds=self.latency) if is_true else None

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Tell listeners of an event, unless the bot is closed.

        discord.py still waits for guilds when it is closed before it was ready, and would then
        announce `ready` on a loop that it has given up.
        """
        if not self.is_closed():
            super().dispatch(event_name, *args, **kwargs)

    async def on_ready(self) -> None:
        """Note that commands arrive from now on."""
        self._note_connected()

    async def on_resumed(self) -> None:
        """Note that a short break is over."""
        self._note_connected()

    async def on_disconnect(self) -> None:
        """Note that commands do not arrive."""
        self.connected_since = None

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        """Log what an event's listener raised."""
        log.error("event failed", exc_info=sys.exc_info()[1], extra={"event": event_method})

    def _note_connected(self) -> None:
        self.was_ready = True
        self.connected_since = self.desk.clock()
