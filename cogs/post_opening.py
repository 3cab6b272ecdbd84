"""The forms behind the buttons of a post's panel: looked up, filled in, opened."""

from typing import Any
from zoneinfo import ZoneInfo

import discord

from cogs.guards import guild_of, person_of
from cogs.post_doors import before_a_form, check_may, latest_zone, take
from cogs.post_forms import Typed, open_description, open_part, open_post, open_upload
from cogs.post_ids import Act, Target, stale
from cogs.post_panel import show
from cogs.post_reopening import Again, earlier_try, kept_form, reopen
from cogs.post_settling import OF_A_DRAFT
from cogs.post_settling_forms import (
    open_bulk,
    open_minimum,
    open_reason,
    open_schedule,
    open_template,
    open_values,
)
from core.composing import View
from core.draft_forms import picture_of
from core.draft_rules import Act as Rule
from core.errors import UserError
from core.services import Services

OPENS = frozenset(
    {
        Act.REOPEN,
        Act.EDIT,
        Act.ADD,
        Act.UPLOAD,
        Act.DESCRIBE,
        Act.MINIMUM,
        Act.SCHEDULE,
        Act.REFUSE,
        Act.TEMPLATE,
        Act.USE,
        Act.BULK,
    }
)
"""The buttons that are answered with a form."""

_NEEDS = {
    Act.SCHEDULE: Rule.SCHEDULE,
    Act.REFUSE: Rule.REFUSE,
    Act.TEMPLATE: Rule.SAVE_TEMPLATE,
    Act.USE: Rule.USE_TEMPLATE,
}
"""What a person must be allowed to do for a form to make sense; `EDIT` for all others."""


async def open_form(
    interaction: discord.Interaction[Any], services: Services, target: Target
) -> None:
    """Answer with the form that a button or menu stands for, to who may use it.

    Raises:
        UserError: the person may not, or the draft is not there or cannot be changed so.
        TemporaryError: looking it up took too long for a form.
    """
    match target.act:
        case Act.REOPEN:
            async with before_a_form():
                await check_may(interaction, services)
                again = await kept_form(interaction, services, target.draft_id)
            await reopen(interaction, again)
        case Act.BULK:
            async with before_a_form():
                await check_may(interaction, services)
                zone = await latest_zone(interaction, services)
            await open_bulk(interaction, target, zone)
        case Act.USE:
            await use_template(interaction, services, target.draft_id)
        case _:
            async with before_a_form():
                await check_may(interaction, services)
                view = await _usable(interaction, services, target)
                zone = view.draft.time_zone or ""
                if target.act is Act.SCHEDULE and not zone:
                    zone = await latest_zone(interaction, services)
                earlier = await _earlier(interaction, services, target)
            if earlier is not None:
                await reopen(interaction, earlier)
            else:
                await _open(interaction, view, target, zone)


async def use_template(
    interaction: discord.Interaction[Any], services: Services, template_id: int
) -> None:
    """Ask for a template's variables, or make a draft of it at once when it has none.

    Raises:
        UserError: there is no such template, or the person may not use it.
        TemporaryError: looking it up took too long for a form.
    """
    guild_id, by = guild_of(interaction), person_of(interaction)
    async with before_a_form():
        await check_may(interaction, services)
        view = await _usable(interaction, services, Target(Act.USE, template_id))
        names = await services.composing.variables(guild_id, by, template_id)
        target = Target(Act.USE, template_id, view.draft.version)
        earlier = await _earlier(interaction, services, target) if names else None
    if earlier is not None:
        await reopen(interaction, earlier)
        return
    if names:
        await open_values(interaction, target, names)
        return
    await take(interaction)
    zone = await latest_zone(interaction, services)
    made = await services.composing.from_template(guild_id, by, template_id, zone=zone or None)
    await show(interaction, services, made.id)


async def _earlier(
    interaction: discord.Interaction[Any], services: Services, target: Target
) -> Again | None:
    """Find what the person typed for this in vain; a text is opened again by them alone."""
    if target.act not in OF_A_DRAFT:
        return None
    return await earlier_try(interaction, services, target)


async def _usable(
    interaction: discord.Interaction[Any], services: Services, target: Target
) -> View:
    view = await services.composing.get(
        guild_of(interaction), person_of(interaction), target.draft_id
    )
    if _NEEDS.get(target.act, Rule.EDIT) not in view.acts:
        raise UserError(
            "That cannot be done with this post now, or not by you. Open it again with "
            "`/patreon posts`."
        )
    return view


async def _open(
    interaction: discord.Interaction[Any], view: View, target: Target, zone: str
) -> None:
    draft, content = view.draft, view.draft.content
    now = Target(target.act, draft.id, draft.version)
    match target.act:
        case Act.EDIT:
            typed = Typed(
                title=content.title,
                body=content.parts[0] if content.parts else "",
                audience=content.audience.kind,
                is_paid=content.is_paid,
            )
            await open_post(interaction, now, typed)
        case Act.ADD:
            await open_part(interaction, now)
        case Act.PART:
            if target.number >= len(content.parts):
                raise UserError("The text has no such part (any more). Look at it again.")
            part = Target(Act.PART, draft.id, draft.version, target.extra)
            await open_part(interaction, part, content.parts[target.number])
        case Act.UPLOAD:
            await open_upload(interaction, now)
        case Act.DESCRIBE:
            picture = picture_of(content, target.extra)
            if picture is None:
                raise UserError("This post has no such picture (any more).")
            about = Target(Act.DESCRIBE, draft.id, draft.version, target.extra)
            await open_description(interaction, about, picture.name, picture.description or "")
        case Act.MINIMUM:
            cents = content.audience.minimum_cents
            amount = "" if cents is None else f"{cents / 100:.2f}"
            await open_minimum(interaction, now, view.campaign.currency, amount)
        case Act.SCHEDULE:
            at = draft.publish_at.astimezone(ZoneInfo(zone)) if draft.publish_at and zone else None
            when = f"{at:%Y-%m-%d %H:%M}" if at else ""
            await open_schedule(interaction, now, when=when, zone=zone)
        case Act.REFUSE:
            await open_reason(interaction, now)
        case Act.TEMPLATE:
            await open_template(interaction, now, draft.name or content.title)
        case _:
            raise stale()
