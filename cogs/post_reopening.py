"""Opening a form again that was sent, with everything that was typed into it."""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import discord

from cogs.guards import guild_of, person_of
from cogs.post_fields import Upload
from cogs.post_forms import (
    AUDIENCE,
    BODY,
    PAID,
    TITLE,
    ZONE,
    Typed,
    open_bulk,
    open_part,
    open_post,
    open_upload,
)
from cogs.post_ids import Act, Item, Target, decode
from core.draft_forms import Form
from core.draft_rows import Submission
from core.draft_rules import Act as Rule
from core.drafts import AudienceKind
from core.errors import BotError, UserError
from core.services import Services

_MOST_TRIES = 10


async def kept_form(
    interaction: discord.Interaction[Any], services: Services, submission_id: int
) -> tuple[Submission, Target]:
    """Find a form that somebody sent, and what it does when it is sent again.

    When its draft cannot be changed any more, the text can become a new one.

    Raises:
        UserError: there is no such form of theirs (any more).
    """
    guild_id, by = guild_of(interaction), person_of(interaction)
    kept = await services.composing.submission(guild_id, by, submission_id)
    return kept, await _target(interaction, services, kept)


async def reopen(interaction: discord.Interaction[Any], kept: Submission, target: Target) -> None:
    """Answer with a form that was sent, filled in."""
    text = _text(kept, BODY)
    match target.act:
        case Act.ADD | Act.PART:
            await open_part(interaction, target, text)
        case Act.UPLOAD:
            await open_upload(interaction, target)
        case Act.BULK:
            await open_bulk(interaction, target, _text(kept, ZONE))
        case _:
            await open_post(interaction, target, _typed(kept))


async def earlier_forms(
    interaction: discord.Interaction[Any], services: Services, target: Target
) -> tuple[Submission, ...]:
    """Give the forms that this one is another try of, the latest first."""
    guild_id, by = guild_of(interaction), person_of(interaction)
    found: list[Submission] = []
    while len(found) < _MOST_TRIES and (earlier := _earlier(target)):
        try:
            kept = await services.composing.submission(guild_id, by, earlier)
            found.append(kept)
            target = decode(kept.custom_id, Item.FORM)
        except UserError:
            break
    return tuple(found)


def uploads_of(forms: Sequence[Submission]) -> tuple[Upload, ...]:
    """Give the files of the latest form that had any: they cannot be filled in again."""
    for kept in forms:
        if found := tuple(_uploads(kept)):
            return found
    return ()


async def note_used(
    interaction: discord.Interaction[Any],
    services: Services,
    forms: Sequence[Submission],
    draft_id: int,
) -> None:
    """Note that earlier tries became a draft after all: nobody has to open them again."""
    if not forms:
        return
    guild_id, by = guild_of(interaction), person_of(interaction)
    with suppress(BotError):
        draft = (await services.composing.get(guild_id, by, draft_id)).draft
        nothing = Form(draft_id=draft.id, version=draft.version)
        for kept in forms:
            await services.composing.submit(guild_id, by, kept.id, nothing)


async def _target(
    interaction: discord.Interaction[Any], services: Services, kept: Submission
) -> Target:
    """Say what the form will do now: the same, with the draft as it is now, or begin a new one."""
    again = str(kept.id)
    try:
        target = decode(kept.custom_id, Item.FORM)
        if target.act is Act.BULK:
            return replace(target, draft_id=kept.id)
        if target.act is Act.NEW:
            return Target(Act.NEW, extra=again)
        view = await services.composing.get(
            guild_of(interaction), person_of(interaction), target.draft_id
        )
    except UserError:
        return Target(Act.NEW, extra=again)
    if Rule.EDIT not in view.acts:
        return Target(Act.NEW, extra=again)
    extra = target.extra if target.act in (Act.ADD, Act.PART) else again
    return Target(target.act, view.draft.id, view.draft.version, extra)


def _earlier(target: Target) -> int:
    """Give the submission that a form is another try of, 0 when it is the first."""
    if target.act is Act.BULK:
        return target.draft_id
    if target.act in (Act.NEW, Act.EDIT, Act.UPLOAD) and target.extra:
        return target.number
    return 0


def _typed(kept: Submission) -> Typed:
    kind = _text(kept, AUDIENCE)
    return Typed(
        title=_text(kept, TITLE),
        body=_text(kept, BODY),
        audience=AudienceKind(kind) if kind in list(AudienceKind) else AudienceKind.PUBLIC,
        is_paid=kept.fields.get(PAID) is True,
    )


def _text(kept: Submission, name: str) -> str:
    value = kept.fields.get(name)
    return value if isinstance(value, str) else ""


def _uploads(kept: Submission) -> Iterator[Upload]:
    uploads = kept.fields.get("uploads")
    for text in uploads if isinstance(uploads, Sequence) else ():
        yield Upload(**json.loads(text))
