"""Forms that say what is to be done with a post: an amount, a time, a reason, a name, values."""

from typing import Any

import discord

from cogs.base import desk_of
from cogs.guards import guild_of, person_of
from cogs.post_fields import Filled
from cogs.post_forms import AMOUNT, NAME, REASON, VALUE, WHEN, ZONE
from cogs.post_ids import Act, Page, Target, stale
from cogs.post_panel import show, showing_on_failure
from cogs.post_words import moment
from cogs.text import escape
from core.calendars import parse_when
from core.errors import TemporaryError, UserError
from core.services import Services

SETTLED = frozenset({Act.MINIMUM, Act.SCHEDULE, Act.REFUSE, Act.TEMPLATE, Act.USE})
"""What these forms do; none of them holds the text of a post."""


async def settle(
    interaction: discord.Interaction[Any], services: Services, target: Target, filled: Filled
) -> None:
    """Do what a form says, and show the draft.

    Raises:
        UserError: it cannot be done; the sentence says why, and what was typed.
        TemporaryError: it cannot be done now; it says the same.
    """
    page = Page.AUDIENCE if target.act is Act.MINIMUM else Page.MAIN
    async with showing_on_failure(interaction, services, target.draft_id, page):
        try:
            await _settle(interaction, services, target, filled)
        except UserError as error:
            raise UserError(f"{error}{_typed(filled)}") from error
        except TemporaryError as error:
            sentence = f"{error}{_typed(filled)}"
            raise TemporaryError(sentence, retry_after=error.retry_after) from error


async def _settle(
    interaction: discord.Interaction[Any], services: Services, target: Target, filled: Filled
) -> None:
    composing, guild_id, by = services.composing, guild_of(interaction), person_of(interaction)
    draft_id, version = target.draft_id, target.version
    match target.act:
        case Act.MINIMUM:
            await composing.set_minimum(guild_id, by, draft_id, version, filled.text(AMOUNT))
            await show(interaction, services, draft_id, Page.AUDIENCE)
        case Act.SCHEDULE:
            when = parse_when(filled.text(WHEN), filled.text(ZONE), desk_of(interaction).clock())
            await composing.schedule(guild_id, by, draft_id, version, at=when.at, zone=when.zone)
            notes = [f"🕒 Scheduled for {moment(when.at)}."]
            notes += [f"🟡 {escape(when.note, 200)}"] if when.note else []
            await show(interaction, services, draft_id, notes=notes)
        case Act.REFUSE:
            reason = filled.text(REASON)
            await composing.refuse(guild_id, by, draft_id, version, reason=reason)
            await show(interaction, services, draft_id)
        case Act.TEMPLATE:
            name = filled.text(NAME)
            saved = await composing.save_template(guild_id, by, draft_id, version, name)
            note = (
                f"💾 Saved as the template “{escape(saved.name or '', 80)}”. Write a post from it "
                "with `/patreon template use`."
            )
            await show(interaction, services, draft_id, notes=[note])
        case Act.USE:
            values = {
                name.removeprefix(VALUE): text
                for name, text in filled.texts.items()
                if name.startswith(VALUE)
            }
            made = await composing.from_template(guild_id, by, draft_id, values=values)
            await show(interaction, services, made.id)
        case _:
            raise stale()


def _typed(filled: Filled) -> str:
    """Quote what was typed, so that nobody has to think of it again."""
    typed = [escape(text, 300) for text in filled.texts.values() if text.strip()]
    return f"\nYou typed: {' · '.join(typed)}" if typed else ""
