"""Forms of posts that come back: kept first, then read, then acted upon.

What a form asks for is done once, in the transaction that notes the form as used. One that was not
used opens again, filled in.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord

from cogs.base import desk_of, note_at_work
from cogs.guards import guild_of, person_of
from cogs.post_bulk import schedule_file, show_scheduled
from cogs.post_doors import check_may
from cogs.post_fields import Filled, custom_id_of, filled_of
from cogs.post_files import Came, keep_files, texts_in
from cogs.post_forms import AUDIENCE, BODY, DESCRIPTION, PAID, TITLE
from cogs.post_ids import FORMS, Act, Item, Page, Target, decode, stale
from cogs.post_keeping import give_back, keep
from cogs.post_panel import show, show_begun
from cogs.post_reopening import earlier_forms, uploads_of
from cogs.post_settling import SETTLED, Settled, settle
from cogs.post_views import reopen_view
from cogs.post_words import problem_embed
from cogs.replies import reference_of, report, word
from core.composing import Sent
from core.draft_forms import Form
from core.draft_rows import Submission
from core.drafts import AudienceKind, Draft, DraftPicture
from core.errors import BotError, UserError
from core.services import Services

log = logging.getLogger(__name__)

_WRITTEN = frozenset({Act.NEW, Act.EDIT, Act.ADD, Act.PART, Act.UPLOAD, Act.DESCRIBE})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a form asks for, with the files of it or of an earlier try.

    `is_stale`: another version of the bot made it, so nobody knows what it asks for.
    """

    target: Target
    filled: Filled
    sent: Sent
    came: Came
    is_stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What became of a form. `notes` say which files could not be used, or what happened."""

    drafts: tuple[Draft, ...] = ()
    settled: Settled | None = None
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
        try:
            await keep(interaction, services, filled)
        except Exception as error:  # noqa: BLE001  whatever it is, the text goes back
            await give_back(interaction, filled, error)
            return
        await _use(interaction, services, filled)
    except Exception as error:  # noqa: BLE001  a door: discord.py would only log it
        await report(interaction, error)


async def _use(interaction: discord.Interaction[Any], services: Services, filled: Filled) -> None:
    """Do what a kept form says; what is wrong with it is said, with the way back into it."""
    target, came = Target(Act.NEW), Came()
    try:
        try:
            await check_may(interaction, services)
        except UserError as error:
            await give_back(interaction, filled, error)
            return
        target, is_stale = _target_of(filled)
        earlier = await earlier_forms(interaction, services, target)
        came = await _files(interaction, services, target, filled, earlier)
        sent = Sent(id=interaction.id, earlier=tuple(one.id for one in earlier))
        asked = _Asked(target=target, filled=filled, sent=sent, came=came, is_stale=is_stale)
        done = await _do(interaction, services, asked)
    except Exception as error:  # noqa: BLE001  a door: discord.py would only log it
        if not isinstance(error, UserError):
            await report(interaction, error)
        problem = word(error, reference_of(interaction.id))
        await _say(interaction, target, [problem], came)
        await _note(interaction, services, problem)
        return
    if done.problems:
        await _say(interaction, target, [*done.problems, *done.notes], came)
    else:
        await _show(interaction, services, target, done)


def _target_of(filled: Filled) -> tuple[Target, bool]:
    """Give what a form asks for, and whether another version of the bot made it."""
    try:
        return decode(filled.custom_id, Item.FORM), False
    except UserError:
        return Target(Act.NEW), True


async def _files(
    interaction: discord.Interaction[Any],
    services: Services,
    target: Target,
    filled: Filled,
    earlier: Sequence[Submission],
) -> Came:
    """Keep the files that came along, or else those of an earlier try."""
    uploads = filled.uploads or uploads_of(earlier)
    came = await keep_files(interaction, services, uploads, is_bulk=target.act is Act.BULK)
    return replace(came, is_from_before=not filled.uploads)


async def _do(interaction: discord.Interaction[Any], services: Services, asked: _Asked) -> _Done:
    """Do what a form asks for, once; its earlier tries are done with it."""
    target, filled, sent, came = asked.target, asked.filled, asked.sent, asked.came
    if asked.is_stale:
        raise stale()
    if target.act in SETTLED:
        return _Done(settled=await settle(interaction, services, target, filled, sent))
    if target.act is Act.BULK:
        drafts = await schedule_file(
            interaction, services, filled, came.uploads, target.extra, sent
        )
        return _Done(drafts=drafts)
    if target.act not in _WRITTEN:
        raise stale()
    more, wrong = texts_in(came.uploads)
    notes = [*came.notes, *wrong]
    submitted = await services.composing.submit(
        guild_of(interaction),
        person_of(interaction),
        sent.id,
        _form(target, filled, more, came.pictures),
        earlier=sent.earlier,
    )
    if submitted.draft is None:
        return _Done(notes=notes, problems=[one.text for one in submitted.problems])
    if came.is_from_before and came.kept:
        notes.append(f"📎 With what you uploaded before: {', '.join(came.kept)}.")
    return _Done(drafts=(submitted.draft,), notes=notes)


async def _show(
    interaction: discord.Interaction[Any], services: Services, target: Target, done: _Done
) -> None:
    """Show what a form did."""
    if done.settled is not None:
        settled = done.settled
        await show(interaction, services, settled.draft_id, settled.page, notes=settled.notes)
    elif target.act is Act.BULK:
        await show_scheduled(interaction, done.drafts)
    elif target.act is Act.NEW:
        await show_begun(interaction, services, done.drafts[0], notes=done.notes)
    else:
        page = Page.PICTURES if target.act is Act.DESCRIBE else Page.MAIN
        await show(interaction, services, done.drafts[0].id, page, notes=done.notes)


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
        picture=target.extra if target.act is Act.DESCRIBE else None,
        description=filled.texts.get(DESCRIPTION),
    )


async def _note(interaction: discord.Interaction[Any], services: Services, problem: str) -> None:
    """Keep with a form why it was not used; that it was not is known without."""
    guild_id, by = guild_of(interaction), person_of(interaction)
    try:
        await services.composing.note_problem(guild_id, by, interaction.id, problem)
    except BotError as error:
        log.warning("problem of a form not noted", extra={"reason": str(error)})


async def _say(
    interaction: discord.Interaction[Any], target: Target, problems: Sequence[str], came: Came
) -> None:
    """Say what is wrong with a form that is kept, and offer to open it again or to dismiss it."""
    has_draft = target.act not in (Act.NEW, Act.BULK)
    await interaction.edit_original_response(
        content=None,
        embeds=[problem_embed(problems, files=came.kept)],
        view=reopen_view(interaction.id, target.draft_id if has_draft else 0),
        attachments=[],
    )
