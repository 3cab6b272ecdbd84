"""Forms of posts that come back: kept first, then read, then acted upon.

What somebody typed is never lost: it is in the database before anything else is done with it, and
when even that fails, it goes back to them as a file.
"""

import asyncio
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord

from cogs.base import desk_of, note_at_work
from cogs.faults import FAULTS
from cogs.guards import guild_of, person_of
from cogs.post_bulk import schedule_file, show_scheduled
from cogs.post_doors import check_may, take
from cogs.post_fields import Filled, Upload, custom_id_of, filled_of
from cogs.post_files import fetch_all
from cogs.post_forms import AUDIENCE, BODY, PAID, TITLE
from cogs.post_ids import FORMS, Act, Item, Target, decode, stale
from cogs.post_panel import show, show_begun
from cogs.post_reopening import earlier_forms, note_used, uploads_of
from cogs.post_settling import SETTLED, settle
from cogs.post_views import reopen_view
from cogs.post_words import problem_embed
from cogs.replies import reference_of, report, word
from core.draft_forms import Form
from core.drafts import AudienceKind, Draft, DraftPicture
from core.errors import TemporaryError, UserError
from core.services import Services

log = logging.getLogger(__name__)

_ANSWER_AFTER_SECONDS = 1.0
"""Keeping a form may take this long before Discord is told to wait: it does so for three."""

_PATIENCE_SECONDS = 30.0
_AT_THE_END_SECONDS = 2.0
_NOTHING = "The post that this form made is gone. Send it again to make another one."
_TEXTS = frozenset({Act.NEW, Act.EDIT, Act.ADD, Act.PART, Act.UPLOAD})


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of a form. `notes` say which files could not be used."""

    drafts: tuple[Draft, ...]
    notes: Sequence[str] = ()
    problems: Sequence[str] = ()


def is_form(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether somebody sent a form of posts, of any version."""
    return interaction.type is discord.InteractionType.modal_submit and bool(
        FORMS.fullmatch(custom_id_of(interaction))
    )


async def receive(interaction: discord.Interaction[Any]) -> None:
    """Keep a form and do what it says, whichever process opened it."""
    note_at_work(interaction)
    services = desk_of(interaction).services
    filled = filled_of(interaction)
    try:
        if _is_settled(filled):
            await take(interaction)
            await check_may(interaction, services)
            await settle(interaction, services, decode(filled.custom_id, Item.FORM), filled)
            return
        try:
            await _keep(interaction, services, filled)
        except Exception as error:  # noqa: BLE001  whatever it is, the text goes back
            await _give_back(interaction, filled, error)
            return
        await _use(interaction, services, filled)
    except Exception as error:  # noqa: BLE001  a door: discord.py would only log it
        await report(interaction, error)


def _is_settled(filled: Filled) -> bool:
    """Tell whether a form holds no text of a post, only what is to be done with one."""
    parts = filled.custom_id.split("|")
    return len(parts) > 1 and parts[1] in SETTLED


async def _keep(interaction: discord.Interaction[Any], services: Services, filled: Filled) -> None:
    """Bring a form to the database, and tell Discord to wait for the answer.

    Raises:
        BotError: it could not be kept.
    """
    keeping = asyncio.create_task(
        services.composing.keep(
            guild_of(interaction),
            interaction.user.id,
            interaction.id,
            custom_id=filled.custom_id,
            fields=filled.answers(),
        )
    )
    try:
        await asyncio.wait({keeping}, timeout=_ANSWER_AFTER_SECONDS)
        await take(interaction)
    except FAULTS as error:
        # Nobody can be answered any more, but what was sent is kept all the same.
        log.debug("form not answered", extra={"reason": type(error).__name__})
    finally:
        patience = _AT_THE_END_SECONDS if _is_ending() else _PATIENCE_SECONDS
        await asyncio.wait({keeping}, timeout=patience)
        if not keeping.done():
            keeping.cancel()
    try:
        await keeping
    except asyncio.CancelledError as error:
        if _is_ending():
            raise
        raise TemporaryError("The database did not answer in time.") from error


def _is_ending() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _use(interaction: discord.Interaction[Any], services: Services, filled: Filled) -> None:
    """Do what a kept form says; what is wrong with it is said, with the way back into it."""
    try:
        await check_may(interaction, services)
    except UserError as error:
        await _give_back(interaction, filled, error)
        return
    try:
        target = decode(filled.custom_id, Item.FORM)
        earlier = await earlier_forms(interaction, services, target)
        uploads = filled.uploads or uploads_of(earlier)
        done = await _do(interaction, services, target, filled, uploads)
    except Exception as error:  # noqa: BLE001  a door: discord.py would only log it
        if not isinstance(error, UserError):
            await report(interaction, error)
        await _say(interaction, [word(error, reference_of(interaction.id))])
        return
    if done.problems:
        await _say(interaction, [*done.problems, *done.notes])
        return
    first = done.drafts[0]
    await note_used(interaction, services, earlier, first.id)
    if target.act is Act.BULK:
        await show_scheduled(interaction, done.drafts)
    elif target.act is Act.NEW:
        await show_begun(interaction, services, first, notes=done.notes)
    else:
        await show(interaction, services, first.id, notes=done.notes)


async def _do(
    interaction: discord.Interaction[Any],
    services: Services,
    target: Target,
    filled: Filled,
    uploads: Sequence[Upload],
) -> _Done:
    """Make or change a draft, or schedule the posts of a file."""
    if target.act is Act.BULK:
        return _Done(await schedule_file(interaction, services, filled, uploads, target.extra))
    if target.act not in _TEXTS:
        raise stale()
    more, pictures, notes = await fetch_all(interaction, services, uploads)
    submitted = await services.composing.submit(
        guild_of(interaction),
        person_of(interaction),
        interaction.id,
        _form(target, filled, more, pictures),
    )
    if submitted.draft is None:
        return _Done((), notes, [one.text for one in submitted.problems] or [_NOTHING])
    return _Done((submitted.draft,), notes)


def _form(
    target: Target, filled: Filled, more: Sequence[str], pictures: Sequence[DraftPicture]
) -> Form:
    """Read a form; a field that it does not have stays as it is."""
    kind = filled.text(AUDIENCE)
    part = target.number if target.act is Act.PART else 0
    return Form(
        draft_id=None if target.act is Act.NEW else target.draft_id,
        version=target.version,
        title=filled.texts.get(TITLE),
        body=filled.texts.get(BODY),
        part=None if target.act is Act.ADD else part,
        audience=AudienceKind(kind) if kind in list(AudienceKind) else None,
        is_paid=filled.checks.get(PAID),
        more=tuple(more),
        pictures=tuple(pictures),
    )


async def _say(interaction: discord.Interaction[Any], problems: Sequence[str]) -> None:
    """Say what is wrong with a form that is kept, and offer to open it again."""
    await interaction.edit_original_response(
        content=None,
        embeds=[problem_embed(problems)],
        view=reopen_view(interaction.id),
        attachments=[],
    )


async def _give_back(
    interaction: discord.Interaction[Any], filled: Filled, error: Exception
) -> None:
    """Give the text back as a file when it could not be kept, or cannot be used."""
    await report(interaction, error)
    text = "\n\n".join(text for text in (filled.text(TITLE), filled.text(BODY)) if text)
    if not text:
        return
    file = discord.File(io.BytesIO(text.encode(errors="replace")), filename="post.md")
    sentence = "No post was made of it. This is what you wrote."
    try:
        await interaction.followup.send(sentence, file=file, ephemeral=True)
    except FAULTS as another:
        log.warning("text not given back", extra={"reason": type(another).__name__})
