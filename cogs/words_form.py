"""The form in which words are written, and what becomes of it when it comes back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord
from discord import ui

from cogs.base import desk_of
from cogs.guards import permitted_guild
from cogs.replies import reference_of, report, word
from cogs.text import cut
from cogs.words_draft import (
    buttons,
    draft_text,
    preview_embed,
    problem_embed,
    slot_name,
    trial_text,
)
from cogs.words_ids import FORMS, Act, form_id, read_form
from core.errors import UserError
from core.rights import Right
from core.words import LONGEST_TEXT, LONGEST_TITLE, Slot, Words, clean, known_variables

LONGEST_FORM_TITLE = 45
"""Source: docs.discord.com, "Modal"."""

_TITLE, _TEXT = "title", "text"
_HINT = (
    "Variables: {variables}. Everything else is shown as it reads: markup, mentions and links mean "
    "nothing. Write `{{{{` for a brace."
)


async def open_form(interaction: discord.Interaction[Any], slot: Slot, words: Words) -> None:
    """Answer with the form, filled in. What comes back is dealt with by `receive`."""
    form = ui.Modal(
        title=cut(f"Words: {slot_name(slot)}", LONGEST_FORM_TITLE),
        custom_id=form_id(slot),
        timeout=None,
    )
    form.add_item(ui.TextDisplay(_HINT.format(variables=known_variables())))
    title: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=_TITLE, max_length=LONGEST_TITLE, default=cut(words.title, LONGEST_TITLE) or None
    )
    text: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=_TEXT,
        style=discord.TextStyle.paragraph,
        required=False,
        max_length=LONGEST_TEXT,
        default=cut(words.text, LONGEST_TEXT) or None,
    )
    form.add_item(ui.Label(text="Title", component=title))
    form.add_item(ui.Label(text="Text", description="May stay empty.", component=text))
    # A finished form is sent and forgotten: its answer is understood after a restart, too.
    form.stop()
    await interaction.response.send_modal(form)


def is_form(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether somebody sent a form of words, of any version."""
    return interaction.type is discord.InteractionType.modal_submit and bool(
        FORMS.fullmatch(_custom_id(interaction))
    )


async def receive(interaction: discord.Interaction[Any]) -> None:
    """Show what the words of a form look like, to who may change them in this guild.

    Whatever goes wrong, the reply keeps what was typed, with a button that opens the form again.
    """
    try:
        slot = read_form(_custom_id(interaction))
        typed = _typed(interaction)
        if interaction.message is None:
            await interaction.response.defer(ephemeral=True, thinking=True)
        else:
            await interaction.response.defer()
    except Exception as error:  # noqa: BLE001  a door: discord.py would only log it
        await report(interaction, error)
        return
    try:
        await _try(interaction, slot, typed)
    except Exception as error:  # noqa: BLE001  a door: discord.py would only log it
        await _keep(interaction, slot, typed, error)


async def _try(interaction: discord.Interaction[Any], slot: Slot, typed: Words) -> None:
    services = desk_of(interaction).services
    guild_id = await permitted_guild(interaction, services, Right.ADMINISTRATE)
    preview = await services.wording.preview(guild_id, slot, typed)
    await interaction.edit_original_response(
        content=trial_text(preview),
        embed=preview_embed(preview),
        view=buttons(slot, Act.SAVE, Act.EDIT, Act.RESET),
    )


async def _keep(
    interaction: discord.Interaction[Any], slot: Slot, typed: Words, error: Exception
) -> None:
    if not isinstance(error, UserError):
        await report(interaction, error)
    try:
        await interaction.edit_original_response(
            content=draft_text("", typed),
            embed=problem_embed(word(error, reference_of(interaction.id))),
            view=buttons(slot, Act.EDIT),
        )
    except Exception as another:  # noqa: BLE001  a door: discord.py would only log it
        await report(interaction, another)


def _typed(interaction: discord.Interaction[Any]) -> Words:
    values = dict(_values(_data(interaction).get("components", ())))
    return clean(Words(title=values.get(_TITLE, ""), text=values.get(_TEXT, "")))


def _values(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for component in components:
        field = component.get("component", {})
        if isinstance(field.get("value"), str):
            yield str(field.get("custom_id")), field["value"]


def _custom_id(interaction: discord.Interaction[Any]) -> str:
    return str(_data(interaction).get("custom_id", ""))


def _data(interaction: discord.Interaction[Any]) -> Mapping[str, Any]:
    return dict(interaction.data or {})
