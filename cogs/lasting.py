"""Buttons and menus that work for as long as their message exists, restarts included."""

import re
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

import discord
from discord import ui

from cogs.base import Desk, desk_of, note_at_work
from cogs.guards import guild_of, permitted_guild
from cogs.replies import report
from core.rights import Right

ItemT = TypeVar("ItemT", bound=ui.Item[Any])

_NOTHING = r"(?!)"


class LastingItem(ui.DynamicItem[ItemT], Generic[ItemT], template=_NOTHING):
    """Base of one kind of button or menu, whose custom id says everything.

    A kind names its `template` (which custom ids are its own, those of other versions included),
    its `right` and what it does: `act`. It needs no memory of its message.
    """

    right: ClassVar[Right | None] = Right.ADMINISTRATE
    """What a person must be allowed to do in the guild; None lets everybody of the guild."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        """Take any item of this kind; what its custom id says is read when it is used."""
        return cls(cast("ItemT", item))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Act for who has the right; word for them alone whatever is raised."""
        try:
            note_at_work(interaction)
            desk = desk_of(interaction)
            if self.right is None:
                guild_id = guild_of(interaction)
            else:
                guild_id = await permitted_guild(interaction, desk.services, self.right)
            await self.act(interaction, desk, guild_id)
        except Exception as error:  # noqa: BLE001  a door: discord.py would only log it
            await report(interaction, error)

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Do what this item says, in the guild in which somebody who may used it."""
        raise NotImplementedError
