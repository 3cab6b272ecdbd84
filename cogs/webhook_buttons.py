"""The buttons and menus below a list of webhooks, now and after a restart."""

import re
from typing import Any

import discord
from discord import ui

from cogs.base import Desk
from cogs.lasting import LastingItem
from cogs.webhook_lists import CHANGES, LOOKS, PAGE, Act, WebhookList, decode
from cogs.webhook_words import done_sentence, option_description, option_label, webhooks_embed
from core.errors import UserError
from core.letter_box import Letter, LetterPage, LetterState
from core.rights import Right

_LOOKS = {
    Act.NEWER: ("Newer", "◀️"),
    Act.OLDER: ("Older", "▶️"),
    Act.AGAIN: ("Look again", "🔄"),
}
_MENUS = {Act.REPLAY: "Replay a webhook…", Act.DISCARD: "Discard a webhook…"}
_ID = re.compile(r"[0-9]{1,18}")


class LookButton(LastingItem[ui.Button[ui.View]], template=LOOKS):
    """A button that shows another page, or the same one as it is now."""

    right = Right.SEE_MEMBERS

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Show the page that the button stands for, to who may see it in this guild."""
        _, listed = decode(self.custom_id)
        await interaction.response.defer()
        await show(interaction, await desk.services.letters.page(guild_id, listed.query()))


class ActMenu(LastingItem[ui.Select[ui.View]], template=CHANGES):
    """A menu that replays or discards the webhook that is picked from it."""

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Do what was picked, for who may administrate the guild, and show what came of it."""
        act, listed = decode(self.custom_id)
        letters = desk.services.letters
        do = letters.discard if act is Act.DISCARD else letters.replay
        event_id = _picked(self.item.values)
        await interaction.response.defer()
        user_id = interaction.user.id
        letter = await do(guild_id, event_id, by=f"Discord user {user_id}", user_id=user_id)
        await show(interaction, await letters.page(guild_id, listed.query()))
        await interaction.followup.send(done_sentence(letter), ephemeral=True)


async def show(interaction: discord.Interaction, page: LetterPage) -> None:
    """Put a page with its buttons and menus into the reply."""
    await interaction.edit_original_response(embed=webhooks_embed(page), view=controls(page))


def controls(page: LetterPage) -> ui.View:
    """Make the menus and buttons of a page: only those that lead somewhere."""
    view = ui.View(timeout=None)
    here = WebhookList(state=page.query.state, offset=page.query.offset)
    replayable = [letter for letter in page.letters if letter.has_body]
    parked = [letter for letter in page.letters if letter.state is LetterState.PARKED]
    for act, letters in ((Act.REPLAY, replayable), (Act.DISCARD, parked)):
        if letters:
            view.add_item(_menu(here, act, letters))
    newer = WebhookList(state=here.state, offset=max(here.offset - PAGE, 0))
    older = WebhookList(state=here.state, offset=here.offset + PAGE)
    if here.offset:
        view.add_item(_button(newer, Act.NEWER))
    if page.has_more:
        view.add_item(_button(older, Act.OLDER))
    view.add_item(_button(here, Act.AGAIN))
    return view


def _button(target: WebhookList, act: Act) -> LookButton:
    label, emoji = _LOOKS[act]
    return LookButton(ui.Button(label=label, emoji=emoji, custom_id=target.encode(act)))


def _menu(here: WebhookList, act: Act, letters: list[Letter]) -> ActMenu:
    options = [
        discord.SelectOption(
            label=option_label(letter),
            value=str(letter.id),
            description=option_description(letter),
        )
        for letter in letters
    ]
    return ActMenu(ui.Select(custom_id=here.encode(act), placeholder=_MENUS[act], options=options))


def _picked(values: list[str]) -> int:
    if len(values) != 1 or not _ID.fullmatch(values[0]):
        raise UserError("Pick one webhook of the list.")
    return int(values[0])
