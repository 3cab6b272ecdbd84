"""Replies that show how far long work is."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import discord

from cogs.faults import FAULTS
from cogs.sync_words import progress_embed, taking_long_embed
from core.members_pass import Progress
from core.ports import Clock

log = logging.getLogger(__name__)

EDIT_EVERY = timedelta(seconds=1.5)
EDIT_TIMEOUT_SECONDS = 5.0
LAST_EDIT_AFTER = timedelta(minutes=14)
"""A reply can be edited for 15 minutes. Source: docs.discord.com, "Interactions"."""


class LiveReply:
    """Shows progress in a reply, seldom enough for Discord, and never fails the work.

    `last` words that the reply ends before the work does.
    """

    def __init__(
        self, interaction: discord.Interaction, clock: Clock, *, last: Callable[[], discord.Embed]
    ) -> None:
        self._interaction = interaction
        self._clock = clock
        self._last = last
        self._started_at = clock()
        self._edited_at: datetime | None = None
        self._is_over = False

    async def show(self, words: Callable[[], discord.Embed]) -> None:
        """Show how far it is, unless that was done just now."""
        now = self._clock()
        if self._is_over or (self._edited_at and now - self._edited_at < EDIT_EVERY):
            return
        self._edited_at = now
        self._is_over = now - self._started_at >= LAST_EDIT_AFTER
        embed = self._last() if self._is_over else words()
        try:
            async with asyncio.timeout(EDIT_TIMEOUT_SECONDS):
                await self._interaction.edit_original_response(embed=embed)
        except FAULTS as error:
            log.debug("progress not shown", extra={"reason": type(error).__name__})


class ProgressReply(LiveReply):
    """Shows how far a sync is."""

    def __init__(self, interaction: discord.Interaction, clock: Clock) -> None:
        super().__init__(interaction, clock, last=taking_long_embed)

    async def __call__(self, progress: Progress) -> None:
        """Show it, unless that was done just now."""
        await self.show(lambda: progress_embed(progress))
