"""The buttons and the menu of connecting and disconnecting, now and after a restart."""

import logging
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import discord
from discord import ui

from cogs.base import Desk
from cogs.connect_words import (
    choice_embed,
    done_embed,
    ending_embed,
    kept_embed,
    no_accounts_embed,
    question_embed,
)
from cogs.faults import FAULTS
from cogs.lasting import LastingItem
from cogs.text import cut, plain
from core.consent import Consent
from core.consents import Invitation, Purpose
from core.disconnect import Account
from core.errors import UserError
from core.services import Services

log = logging.getLogger(__name__)

ANSWERS = re.compile(r"disconnect\d*\|.*", re.DOTALL)
ACCOUNTS = re.compile(r"disconnect-accounts\d*\|.*", re.DOTALL)
"""Custom ids of the buttons and of the menu, of every version."""

MOST_ACCOUNTS = 25
_ANSWERS, _ACCOUNTS = "disconnect1", "disconnect-accounts1|"
_ID = re.compile(r"[0-9]{1,9}", re.ASCII)


class Answer(StrEnum):
    """What a button says to the question whether to disconnect."""

    YES = "yes"
    NO = "no"


class AnswerButton(LastingItem[ui.Button[ui.View]], template=ANSWERS):
    """A button that disconnects an account, or does not."""

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Do what the button says, for who may administrate the guild."""
        chosen, creator_id = _read_answer(self.custom_id)
        await interaction.response.defer()
        if chosen is Answer.NO:
            await interaction.edit_original_response(embed=kept_embed(), view=None)
            return
        done = await desk.services.disconnecting.disconnect(
            guild_id, creator_id, user_id=interaction.user.id
        )
        await interaction.edit_original_response(embed=done_embed(done), view=None)


class AccountMenu(LastingItem[ui.Select[ui.View]], template=ACCOUNTS):
    """A menu of accounts: the picked one is asked about."""

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Ask about the picked account, for who may administrate the guild."""
        values = self.item.values
        creator_id = _number(values[0] if len(values) == 1 else "")
        await interaction.response.defer()
        account = await desk.services.disconnecting.account(guild_id, creator_id)
        await _ask(interaction, account)


def link_view(invitation: Invitation, label: str = "Open Patreon") -> ui.View:
    """Make the button that leads to the browser; it works without the bot."""
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label=label, emoji="🔗", url=invitation.url))
    return view


async def show_ending(
    interaction: discord.Interaction, consent: Consent, invitation: Invitation, purpose: Purpose
) -> None:
    """Wait for a consent's end, ten minutes at most, and say it in the reply.

    A reply that can no longer be edited is no harm: the browser has said the same.
    """
    ending = await consent.outcome(invitation)
    try:
        await interaction.edit_original_response(embed=ending_embed(ending, purpose), view=None)
    except FAULTS as error:
        log.debug("ending not shown", extra={"reason": type(error).__name__})


async def show_accounts(
    interaction: discord.Interaction, services: Services, guild_id: int
) -> None:
    """Ask which account to disconnect, or about the only one."""
    accounts = await services.disconnecting.accounts(guild_id)
    if not accounts:
        await interaction.edit_original_response(embed=no_accounts_embed())
    elif len(accounts) == 1:
        await _ask(interaction, accounts[0])
    else:
        await interaction.edit_original_response(embed=choice_embed(), view=_menu(accounts))


async def _ask(interaction: discord.Interaction, account: Account) -> None:
    view = ui.View(timeout=None)
    for label, style, chosen in (
        ("Disconnect", discord.ButtonStyle.danger, Answer.YES),
        ("Keep it", discord.ButtonStyle.secondary, Answer.NO),
    ):
        custom_id = f"{_ANSWERS}|{chosen}|{account.creator.id}"
        view.add_item(AnswerButton(ui.Button(label=label, style=style, custom_id=custom_id)))
    await interaction.edit_original_response(embed=question_embed(account), view=view)


def _menu(accounts: Sequence[Account]) -> ui.View:
    options = [
        discord.SelectOption(
            label=cut(plain(account.name), 100),
            value=str(account.creator.id),
            description=cut(plain(", ".join(account.campaigns)), 100) or None,
        )
        for account in accounts[:MOST_ACCOUNTS]
    ]
    view = ui.View(timeout=None)
    select: ui.Select[ui.View] = ui.Select(
        custom_id=_ACCOUNTS, placeholder="Disconnect…", options=options
    )
    view.add_item(AccountMenu(select))
    return view


def _read_answer(custom_id: str) -> tuple[Answer, int]:
    parts = custom_id.split("|")
    if len(parts) != 3 or parts[0] != _ANSWERS or parts[1] not in list(Answer):
        raise _stale()
    return Answer(parts[1]), _number(parts[2])


def _number(text: str) -> int:
    if not _ID.fullmatch(text):
        raise _stale()
    return int(text)


def _stale() -> UserError:
    return UserError("This question is out of date. Use `/patreon disconnect` again.")
