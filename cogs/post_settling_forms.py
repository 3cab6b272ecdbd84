"""The forms that say what is to be done with posts: an amount, a time, a reason, a name, values.

What comes back is dealt with by `cogs.post_settling`, and the file of several posts by
`cogs.post_bulk`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import ui

from cogs.post_forms import FILES, line, send_form
from cogs.post_ids import Target
from cogs.text import cut

AMOUNT, WHEN, ZONE, NAME, REASON = "amount", "when", "zone", "name", "reason"
VALUE = "value-"
"""The custom ids of the fields; `VALUE` is followed by a variable's name."""

_LONGEST_NAME = 80
_LONGEST_ZONE = 60
_LONGEST_REASON = 300


async def open_minimum(
    interaction: discord.Interaction[Any], target: Target, currency: str, amount: str
) -> None:
    """Answer with the form of the least that a reader pays a month."""
    await send_form(
        interaction,
        "Who may read it",
        target,
        ui.Label(
            text=cut(f"From which amount on ({currency} a month)", 45),
            description="Such as 5 or 7.50.",
            component=line(AMOUNT, 20, amount),
        ),
    )


async def open_schedule(
    interaction: discord.Interaction[Any], target: Target, *, when: str, zone: str
) -> None:
    """Answer with the form of the time at which a post goes out."""
    await send_form(
        interaction,
        "Schedule",
        target,
        ui.Label(
            text="When",
            description="Such as 2026-12-24 18:00, tomorrow 18:00, friday 9:30 or in 3 hours.",
            component=line(WHEN, 60, when),
        ),
        ui.Label(
            text="Time zone",
            description="A city or a zone's name, such as Berlin or America/New_York.",
            component=line(ZONE, _LONGEST_ZONE, zone),
        ),
    )


async def open_template(interaction: discord.Interaction[Any], target: Target, name: str) -> None:
    """Answer with the form of a template's name."""
    await send_form(
        interaction,
        "Save as template",
        target,
        ui.Label(
            text="Name",
            description="Variables such as {month} are filled in when the template is used.",
            component=line(NAME, _LONGEST_NAME, cut(name, _LONGEST_NAME)),
        ),
    )


async def open_reason(
    interaction: discord.Interaction[Any], target: Target, reason: str = ""
) -> None:
    """Answer with the form of the reason for which a post is sent back."""
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=REASON,
        required=False,
        max_length=_LONGEST_REASON,
        style=discord.TextStyle.paragraph,
        default=cut(reason, _LONGEST_REASON) or None,
    )
    await send_form(
        interaction,
        "Send back",
        target,
        ui.Label(text="What should change", description="May stay empty.", component=field),
    )


async def open_values(
    interaction: discord.Interaction[Any],
    target: Target,
    names: Sequence[str],
    values: Mapping[str, str] | None = None,
) -> None:
    """Answer with the form of a template's variables, at most five, filled in with `values`."""
    given = values or {}
    labels = [
        ui.Label(
            text=cut(f"{{{name}}}", 45),
            component=line(f"{VALUE}{name}", 1_000, given.get(name, "")),
        )
        for name in names[:5]
    ]
    await send_form(interaction, "Fill in the template", target, *labels)


async def open_bulk(
    interaction: discord.Interaction[Any], target: Target, zone: str, *, has_file: bool = False
) -> None:
    """Answer with the form of a file that schedules several posts.

    `has_file`: one came with an earlier try; it is taken when the form brings none.
    """
    files: ui.FileUpload[ui.Modal] = ui.FileUpload(
        custom_id=FILES, required=not has_file, min_values=0 if has_file else 1, max_values=1
    )
    columns = "Columns: title, body or template, when, zone, audience. At most 50 rows."
    await send_form(
        interaction,
        "Schedule several posts",
        target,
        ui.Label(
            text="CSV file",
            description="None: the one that you sent." if has_file else columns,
            component=files,
        ),
        ui.Label(
            text="Time zone",
            description="For rows that name none.",
            component=line(ZONE, _LONGEST_ZONE, zone),
        ),
    )
