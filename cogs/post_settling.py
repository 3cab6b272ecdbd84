"""Forms that say what is to be done with a post: an amount, a time, a reason, a name, values."""

from dataclasses import dataclass
from typing import Any

import discord

from cogs.base import desk_of
from cogs.guards import guild_of, person_of
from cogs.post_doors import latest_zone
from cogs.post_fields import Filled
from cogs.post_ids import Act, Page, Target, stale
from cogs.post_settling_forms import AMOUNT, NAME, REASON, VALUE, WHEN, ZONE
from cogs.post_words import moment
from cogs.text import escape
from core.calendars import parse_when
from core.composing import Sent
from core.services import Services

SETTLED = frozenset({Act.MINIMUM, Act.SCHEDULE, Act.REFUSE, Act.TEMPLATE, Act.USE})
"""What these forms do; none of them holds the text of a post."""

OF_A_DRAFT = SETTLED | {Act.DESCRIBE}
"""Forms that mean nothing without their draft: what was typed cannot become a post of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a form did, and the page of which draft shows it."""

    draft_id: int
    page: Page = Page.MAIN
    notes: tuple[str, ...] = ()


async def settle(
    interaction: discord.Interaction[Any],
    services: Services,
    target: Target,
    filled: Filled,
    sent: Sent,
) -> Settled:
    """Do what a kept form says.

    Raises:
        UserError: it cannot be done; the sentence says why.
        TemporaryError: it cannot be done now.
    """
    composing, guild_id, by = services.composing, guild_of(interaction), person_of(interaction)
    draft_id, version = target.draft_id, target.version
    match target.act:
        case Act.MINIMUM:
            amount = filled.text(AMOUNT)
            await composing.set_minimum(guild_id, by, draft_id, version, amount, sent=sent)
            return Settled(draft_id=draft_id, page=Page.AUDIENCE)
        case Act.SCHEDULE:
            when = parse_when(filled.text(WHEN), filled.text(ZONE), desk_of(interaction).clock())
            await composing.schedule(
                guild_id, by, draft_id, version, at=when.at, zone=when.zone, sent=sent
            )
            note = f"🟡 {escape(when.note, 200)}" if when.note else ""
            notes = (f"🕒 Scheduled for {moment(when.at)}.", *([note] if note else []))
            return Settled(draft_id=draft_id, notes=notes)
        case Act.REFUSE:
            reason = filled.text(REASON)
            await composing.refuse(guild_id, by, draft_id, version, reason=reason, sent=sent)
            return Settled(draft_id=draft_id)
        case Act.TEMPLATE:
            name = filled.text(NAME)
            saved = await composing.save_template(guild_id, by, draft_id, version, name, sent=sent)
            note = (
                f"💾 Saved as the template “{escape(saved.name or '', 80)}”. Write a post from it "
                "with `/patreon template use`."
            )
            return Settled(draft_id=draft_id, notes=(note,))
        case Act.USE:
            values = {
                name.removeprefix(VALUE): text
                for name, text in filled.texts.items()
                if name.startswith(VALUE)
            }
            zone = await latest_zone(interaction, services)
            made = await composing.from_template(
                guild_id, by, draft_id, values=values, zone=zone or None, sent=sent
            )
            return Settled(draft_id=made.id)
    raise stale()
