"""The forms in which posts are written; what comes back is dealt with by `cogs.post_intake`.

Those that say what is to be done with a post are in `cogs.post_settling_forms`.
"""

from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from cogs.post_fields import MOST_UPLOADS
from cogs.post_ids import Act, Item, Target
from cogs.text import cut, plain
from core.drafts import (
    LONGEST_DESCRIPTION,
    LONGEST_PART,
    LONGEST_TITLE,
    AudienceKind,
)
from core.errors import UserError

LONGEST_FORM_TITLE = 45
LONGEST_FIELD = 4_000
"""Source: docs.discord.com, "Modal", "Text Input"."""

TITLE, BODY, AUDIENCE, PAID, FILES = "title", "body", "audience", "paid", "files"
DESCRIPTION = "description"
"""The custom ids of the fields."""

_AUDIENCES = {
    AudienceKind.PUBLIC: ("Everybody", "Patrons or not"),
    AudienceKind.PATRONS: ("All patrons", "Everybody who pays something"),
    AudienceKind.TIERS: ("Chosen tiers", "You choose them in the next step"),
    AudienceKind.MINIMUM: ("Patrons from an amount on", "You set it in the next step"),
}
_OTHERS = "Other files; none: those that you sent"
_MARKDOWN = "Markdown: **bold**, # heading, [link](https://…), - list. More text can follow."


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a form of a post is filled in with."""

    title: str = ""
    body: str = ""
    audience: AudienceKind = AudienceKind.PUBLIC
    is_paid: bool = False


async def open_post(
    interaction: discord.Interaction[Any],
    target: Target,
    typed: Typed | None = None,
    *,
    has_files: bool = False,
) -> None:
    """Answer with the form of a post, blank or filled in; nothing is asked of anybody before.

    `has_files`: some came with an earlier try; they are taken when the form brings none.

    Raises:
        UserError: the text is too long for a form.
    """
    given = typed or Typed()
    await send_form(
        interaction,
        "New post" if target.act is Act.NEW else "Edit post",
        target,
        ui.Label(text="Title", component=line(TITLE, LONGEST_TITLE, given.title)),
        ui.Label(text="Text", description=_MARKDOWN, component=_paragraph(given.body)),
        ui.Label(text="Who may read it on Patreon", component=_audience(given.audience)),
        ui.Label(
            text="Paid post",
            description="Only if you charge patrons per post.",
            component=ui.Checkbox(custom_id=PAID, default=given.is_paid),
        ),
        _files(_OTHERS if has_files else "Pictures, or more text as an .md file"),
    )


async def open_part(interaction: discord.Interaction[Any], target: Target, text: str = "") -> None:
    """Answer with the form of a part of the text.

    Raises:
        UserError: the part is too long for a form.
    """
    await send_form(
        interaction,
        "More text" if target.act is Act.ADD else "Edit this part",
        target,
        ui.Label(text="Text", description=_MARKDOWN, component=_paragraph(text)),
    )


async def open_upload(
    interaction: discord.Interaction[Any], target: Target, *, has_files: bool = False
) -> None:
    """Answer with the form for pictures and text files; `has_files`: some came with an earlier try.

    Those are taken when the form brings none.
    """
    label = _OTHERS if has_files else "Pictures, or text as an .md file"
    await send_form(interaction, "Add files", target, _files(label))


async def open_description(
    interaction: discord.Interaction[Any], target: Target, name: str, text: str
) -> None:
    """Answer with the form of what the picture of that name shows, for those who cannot see it."""
    description: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=DESCRIPTION,
        required=False,
        max_length=LONGEST_DESCRIPTION,
        style=discord.TextStyle.paragraph,
        default=cut(text, LONGEST_DESCRIPTION) or None,
    )
    await send_form(
        interaction,
        "Describe a picture",
        target,
        ui.Label(
            text=cut(plain(name), 45) or "Picture",
            description="For those who cannot see it: what does it show? May stay empty.",
            component=description,
        ),
    )


async def send_form(
    interaction: discord.Interaction[Any], title: str, target: Target, *labels: ui.Label[ui.Modal]
) -> None:
    """Answer with a form that has these fields."""
    form = ui.Modal(title=title, custom_id=target.encode(Item.FORM), timeout=None)
    for label in labels:
        form.add_item(label)
    # A finished form is sent and forgotten: its answer is understood after a restart, too.
    form.stop()
    await interaction.response.send_modal(form)


def line(custom_id: str, longest: int, value: str) -> ui.TextInput[ui.Modal]:
    """Make a field of one line, filled in with `value`."""
    return ui.TextInput(
        custom_id=custom_id, max_length=longest, default=cut(value, longest) or None
    )


def _paragraph(value: str) -> ui.TextInput[ui.Modal]:
    if len(value) > LONGEST_FIELD:
        raise UserError(
            "This text is too long for Discord's form. Upload it as an .md file instead, and "
            "remove it here."
        )
    return ui.TextInput(
        custom_id=BODY,
        style=discord.TextStyle.paragraph,
        max_length=min(LONGEST_PART, LONGEST_FIELD),
        default=value or None,
    )


def _audience(chosen: AudienceKind) -> ui.RadioGroup[ui.Modal]:
    options = [
        discord.RadioGroupOption(
            label=label, value=kind.value, description=description, default=kind is chosen
        )
        for kind, (label, description) in _AUDIENCES.items()
    ]
    return ui.RadioGroup(custom_id=AUDIENCE, options=options)


def _files(text: str) -> ui.Label[ui.Modal]:
    return ui.Label(
        text=text,
        description="PNG, JPEG, WebP or GIF, up to 10 MB each; text up to 100 kB.",
        component=ui.FileUpload(
            custom_id=FILES, required=False, min_values=0, max_values=MOST_UPLOADS
        ),
    )
