"""The forms in which posts are written; what comes back is dealt with by `cogs.post_intake`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from cogs.post_fields import MOST_UPLOADS
from cogs.post_ids import Act, Item, Target
from cogs.text import cut
from core.drafts import LONGEST_PART, LONGEST_TITLE, AudienceKind
from core.errors import UserError

LONGEST_FORM_TITLE = 45
LONGEST_FIELD = 4_000
"""Source: docs.discord.com, "Modal", "Text Input"."""

TITLE, BODY, AUDIENCE, PAID, FILES = "title", "body", "audience", "paid", "files"
AMOUNT, WHEN, ZONE, NAME, REASON = "amount", "when", "zone", "name", "reason"
VALUE = "value-"
"""The custom ids of the fields; `VALUE` is followed by a variable's name."""

_LONGEST_NAME = 80
_LONGEST_ZONE = 60
_AUDIENCES = {
    AudienceKind.PUBLIC: ("Everybody", "Patrons or not"),
    AudienceKind.PATRONS: ("All patrons", "Everybody who pays something"),
    AudienceKind.TIERS: ("Chosen tiers", "You choose them in the next step"),
    AudienceKind.MINIMUM: ("Patrons from an amount on", "You set it in the next step"),
}
_MARKDOWN = "Markdown: **bold**, # heading, [link](https://…), - list. More text can follow."


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a form of a post is filled in with."""

    title: str = ""
    body: str = ""
    audience: AudienceKind = AudienceKind.PUBLIC
    is_paid: bool = False


async def open_post(
    interaction: discord.Interaction[Any], target: Target, typed: Typed | None = None
) -> None:
    """Answer with the form of a post, blank or filled in; nothing is asked of anybody before.

    Raises:
        UserError: the text is too long for a form.
    """
    given = typed or Typed()
    await _send(
        interaction,
        "New post" if target.act is Act.NEW else "Edit post",
        target,
        ui.Label(text="Title", component=_line(TITLE, LONGEST_TITLE, given.title)),
        ui.Label(text="Text", description=_MARKDOWN, component=_paragraph(given.body)),
        ui.Label(text="Who may read it on Patreon", component=_audience(given.audience)),
        ui.Label(
            text="Paid post",
            description="Only if you charge patrons per post.",
            component=ui.Checkbox(custom_id=PAID, default=given.is_paid),
        ),
        _files("Pictures, or more text as an .md file"),
    )


async def open_part(interaction: discord.Interaction[Any], target: Target, text: str = "") -> None:
    """Answer with the form of a part of the text.

    Raises:
        UserError: the part is too long for a form.
    """
    await _send(
        interaction,
        "More text" if target.act is Act.ADD else "Edit this part",
        target,
        ui.Label(text="Text", description=_MARKDOWN, component=_paragraph(text)),
    )


async def open_upload(interaction: discord.Interaction[Any], target: Target) -> None:
    """Answer with the form for pictures and text files."""
    await _send(interaction, "Add files", target, _files("Pictures, or text as an .md file"))


async def open_minimum(
    interaction: discord.Interaction[Any], target: Target, currency: str, amount: str
) -> None:
    """Answer with the form of the least that a reader pays a month."""
    await _send(
        interaction,
        "Who may read it",
        target,
        ui.Label(
            text=cut(f"From which amount on ({currency} a month)", 45),
            description="Such as 5 or 7.50.",
            component=_line(AMOUNT, 20, amount),
        ),
    )


async def open_schedule(
    interaction: discord.Interaction[Any], target: Target, *, when: str, zone: str
) -> None:
    """Answer with the form of the time at which a post goes out."""
    await _send(
        interaction,
        "Schedule",
        target,
        ui.Label(
            text="When",
            description="Such as 2026-12-24 18:00, tomorrow 18:00, friday 9:30 or in 3 hours.",
            component=_line(WHEN, 60, when),
        ),
        ui.Label(
            text="Time zone",
            description="A city or a zone's name, such as Berlin or America/New_York.",
            component=_line(ZONE, _LONGEST_ZONE, zone),
        ),
    )


async def open_template(interaction: discord.Interaction[Any], target: Target, name: str) -> None:
    """Answer with the form of a template's name."""
    await _send(
        interaction,
        "Save as template",
        target,
        ui.Label(
            text="Name",
            description="Variables such as {month} are filled in when the template is used.",
            component=_line(NAME, _LONGEST_NAME, cut(name, _LONGEST_NAME)),
        ),
    )


async def open_reason(interaction: discord.Interaction[Any], target: Target) -> None:
    """Answer with the form of the reason for which a post is sent back."""
    reason: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=REASON, required=False, max_length=300, style=discord.TextStyle.paragraph
    )
    await _send(
        interaction,
        "Send back",
        target,
        ui.Label(text="What should change", description="May stay empty.", component=reason),
    )


async def open_values(
    interaction: discord.Interaction[Any], target: Target, names: Sequence[str]
) -> None:
    """Answer with the form of a template's variables, at most five."""
    labels = [
        ui.Label(text=cut(f"{{{name}}}", 45), component=_line(f"{VALUE}{name}", 1_000, ""))
        for name in names[:5]
    ]
    await _send(interaction, "Fill in the template", target, *labels)


async def open_bulk(interaction: discord.Interaction[Any], target: Target, zone: str) -> None:
    """Answer with the form of a file that schedules several posts."""
    files: ui.FileUpload[ui.Modal] = ui.FileUpload(
        custom_id=FILES, required=True, min_values=1, max_values=1
    )
    await _send(
        interaction,
        "Schedule several posts",
        target,
        ui.Label(
            text="CSV file",
            description="Columns: title, body or template, when, zone, audience. At most 50 rows.",
            component=files,
        ),
        ui.Label(
            text="Time zone",
            description="For rows that name none.",
            component=_line(ZONE, _LONGEST_ZONE, zone),
        ),
    )


async def _send(
    interaction: discord.Interaction[Any], title: str, target: Target, *labels: ui.Label[ui.Modal]
) -> None:
    form = ui.Modal(title=title, custom_id=target.encode(Item.FORM), timeout=None)
    for label in labels:
        form.add_item(label)
    # A finished form is sent and forgotten: its answer is understood after a restart, too.
    form.stop()
    await interaction.response.send_modal(form)


def _line(custom_id: str, longest: int, value: str) -> ui.TextInput[ui.Modal]:
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
