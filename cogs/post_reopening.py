"""Opening a form again that was sent, with everything that was typed into it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import discord

from cogs.guards import guild_of, person_of
from cogs.post_fields import Upload, uploads_in
from cogs.post_forms import (
    AUDIENCE,
    BODY,
    DESCRIPTION,
    PAID,
    TITLE,
    Typed,
    open_description,
    open_part,
    open_post,
    open_upload,
)
from cogs.post_ids import Act, Item, Target, decode
from cogs.post_settling import OF_A_DRAFT
from cogs.post_settling_forms import (
    AMOUNT,
    NAME,
    REASON,
    VALUE,
    WHEN,
    ZONE,
    open_bulk,
    open_minimum,
    open_reason,
    open_schedule,
    open_template,
    open_values,
)
from core.composing import View
from core.draft_rows import Submission
from core.draft_rules import Act as Rule
from core.draft_templates import own_variables
from core.drafts import AudienceKind
from core.errors import UserError
from core.services import Services

_MOST_TRIES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A form that was sent, and what it does when it is sent again.

    `currency` is that of the draft's campaign, `variables` are those of a template.
    """

    kept: Submission
    target: Target
    currency: str = ""
    variables: tuple[str, ...] = ()
    has_files: bool = False


async def kept_form(
    interaction: discord.Interaction[Any], services: Services, submission_id: int
) -> Again:
    """Find a form that somebody sent, and what it does when it is sent again.

    When its draft cannot be changed any more, its text can become a new one.

    Raises:
        UserError: there is no such form of theirs (any more), or it was used.
    """
    guild_id, by = guild_of(interaction), person_of(interaction)
    kept = await services.composing.submission(guild_id, by, submission_id)
    if kept.draft_id is not None:
        raise UserError("What this form asked for is done. See `/patreon posts` for the post.")
    return await _again(interaction, services, kept)


async def earlier_try(
    interaction: discord.Interaction[Any], services: Services, target: Target
) -> Again | None:
    """Find what the person sent last for the same thing and in vain: nobody types it twice."""
    guild_id, by = guild_of(interaction), person_of(interaction)
    for kept in await services.composing.unused(guild_id, by):
        with suppress(UserError):
            sent = decode(kept.custom_id, Item.FORM)
            if (sent.act, sent.draft_id, sent.extra) == (target.act, target.draft_id, target.extra):
                return await _again(interaction, services, kept)
    return None


async def reopen(interaction: discord.Interaction[Any], again: Again) -> None:
    """Answer with a form that was sent, filled in."""
    kept, target = again.kept, again.target
    match target.act:
        case Act.ADD | Act.PART:
            await open_part(interaction, target, text_of(kept, BODY))
        case Act.DESCRIBE:
            await open_description(interaction, target, "Picture", text_of(kept, DESCRIPTION))
        case Act.UPLOAD:
            await open_upload(interaction, target, has_files=again.has_files)
        case Act.BULK:
            zone = text_of(kept, ZONE)
            await open_bulk(interaction, target, zone, has_file=again.has_files)
        case Act.MINIMUM:
            await open_minimum(interaction, target, again.currency, text_of(kept, AMOUNT))
        case Act.SCHEDULE:
            when, zone = text_of(kept, WHEN), text_of(kept, ZONE)
            await open_schedule(interaction, target, when=when, zone=zone)
        case Act.REFUSE:
            await open_reason(interaction, target, text_of(kept, REASON))
        case Act.TEMPLATE:
            await open_template(interaction, target, text_of(kept, NAME))
        case Act.USE:
            await open_values(interaction, target, again.variables, variables_of(kept.fields))
        case _:
            await open_post(interaction, target, _typed(kept), has_files=again.has_files)


async def earlier_forms(
    interaction: discord.Interaction[Any], services: Services, target: Target
) -> tuple[Submission, ...]:
    """Give the forms that this one is another try of, the latest first."""
    guild_id, by = guild_of(interaction), person_of(interaction)
    found: list[Submission] = []
    while len(found) < _MOST_TRIES and target.again:
        try:
            kept = await services.composing.submission(guild_id, by, target.again)
            found.append(kept)
            target = decode(kept.custom_id, Item.FORM)
        except UserError:
            break
    return tuple(found)


def uploads_of(forms: Sequence[Submission]) -> tuple[Upload, ...]:
    """Give the files of the latest form that had any: they cannot be filled in again."""
    for kept in forms:
        if found := uploads_in(kept.fields):
            return found
    return ()


def variables_of(fields: Mapping[str, object]) -> dict[str, str]:
    """Give what was typed for the variables of a template."""
    return {
        name.removeprefix(VALUE): text
        for name, text in fields.items()
        if name.startswith(VALUE) and isinstance(text, str)
    }


def text_of(kept: Submission, name: str) -> str:
    """Give what was typed into a field, "" when nothing was."""
    value = kept.fields.get(name)
    return value if isinstance(value, str) else ""


async def _again(
    interaction: discord.Interaction[Any], services: Services, kept: Submission
) -> Again:
    anew = Target(Act.NEW, again=kept.id)
    try:
        target = replace(decode(kept.custom_id, Item.FORM), again=kept.id)
    except UserError:
        return Again(kept=kept, target=anew, has_files=bool(uploads_in(kept.fields)))
    if target.act in OF_A_DRAFT:
        return await _about_its_draft(interaction, services, kept, target)
    has_files = bool(uploads_of(await earlier_forms(interaction, services, target)))
    if target.act not in (Act.NEW, Act.BULK):
        view = await _view(interaction, services, target)
        can_edit = view is not None and Rule.EDIT in view.acts
        target = replace(target, version=view.draft.version) if view and can_edit else anew
    return Again(kept=kept, target=target, has_files=has_files)


async def _about_its_draft(
    interaction: discord.Interaction[Any], services: Services, kept: Submission, target: Target
) -> Again:
    """Open such a form whatever became of its draft: it shows what was typed."""
    view = await _view(interaction, services, target)
    if view is None:
        return Again(kept=kept, target=target, variables=tuple(variables_of(kept.fields)))
    return Again(
        kept=kept,
        target=replace(target, version=view.draft.version),
        currency=view.campaign.currency,
        variables=_variables(view, kept) if target.act is Act.USE else (),
    )


async def _view(
    interaction: discord.Interaction[Any], services: Services, target: Target
) -> View | None:
    """Look at a form's draft; None when it is gone."""
    try:
        return await services.composing.get(
            guild_of(interaction), person_of(interaction), target.draft_id
        )
    except UserError:
        return None


def _variables(view: View, kept: Submission) -> tuple[str, ...]:
    """Give what a template asks for now, or else what it asked for then."""
    try:
        return own_variables(view.draft.content) or tuple(variables_of(kept.fields))
    except UserError:
        return tuple(variables_of(kept.fields))


def _typed(kept: Submission) -> Typed:
    kind = text_of(kept, AUDIENCE)
    return Typed(
        title=text_of(kept, TITLE),
        body=text_of(kept, BODY) or text_of(kept, DESCRIPTION),
        audience=AudienceKind(kind) if kind in list(AudienceKind) else AudienceKind.PUBLIC,
        is_paid=kept.fields.get(PAID) is True,
    )
