"""What the buttons of a post's panel do at once: no form comes in between."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import discord

from cogs.channel_checks import known_guild
from cogs.guards import guild_of, person_of
from cogs.post_ids import Act, Page, Target, stale
from cogs.post_panel import show, showing_on_failure
from cogs.post_targets import can_crosspost, pick, replaced
from cogs.post_views import link_view, page_view
from cogs.post_words import handed_over_embed, preview_embed, taken_embed
from cogs.sheets import preview_of
from core.composing import Composing, View
from core.draft_rules import Act as Rule
from core.drafts import Draft
from core.errors import UserError
from core.post_publisher import Link, Published
from core.rights import Person
from core.services import Services

LOOK_EVERY_SECONDS = 1.0
MOST_LOOKS = 6
"""How often the panel looks whether the messages have arrived, before it leaves that to people."""

_Do = Callable[[Composing, int, Person, int, int], Awaitable[Draft]]

_MOVES: dict[Act, tuple[_Do, str]] = {
    Act.ASK: (
        lambda c, guild_id, by, draft_id, version: c.ask(guild_id, by, draft_id, version),
        "⏳ Asked. Somebody else who may approve posts decides now.",
    ),
    Act.APPROVE: (
        lambda c, guild_id, by, draft_id, version: c.approve(guild_id, by, draft_id, version),
        "✅ Approved. It can be published or scheduled now.",
    ),
    Act.UNSCHEDULE: (
        lambda c, guild_id, by, draft_id, version: c.unschedule(guild_id, by, draft_id, version),
        "It is off the schedule.",
    ),
    Act.DISCARD: (
        lambda c, guild_id, by, draft_id, version: c.discard(guild_id, by, draft_id, version),
        "🗑️ Discarded. “Restore” brings it back.",
    ),
    Act.RESTORE: (
        lambda c, guild_id, by, draft_id, version: c.restore(guild_id, by, draft_id, version),
        "It can be changed and published again.",
    ),
    Act.PUBLISH: (
        lambda c, guild_id, by, draft_id, version: c.publish(guild_id, by, draft_id, version),
        "📣 On its way to the channels.",
    ),
    Act.RETRACT: (
        lambda c, guild_id, by, draft_id, version: c.retract(guild_id, by, draft_id, version),
        "Taken back: its messages are being deleted. What followers got stays with them.",
    ),
}
"""What moves a draft on, and what is said then."""


async def act(interaction: discord.Interaction[Any], services: Services, target: Target) -> None:
    """Do what a button says; the answer was promised already.

    Raises:
        UserError: it cannot be done; the sentence says why.
    """
    page = Page.CHANNELS if target.act is Act.CROSSPOST else Page.MAIN
    page = Page.AUDIENCE if target.act is Act.PAID else page
    async with showing_on_failure(interaction, services, target.draft_id, page):
        await _act(interaction, services, target)


async def _act(interaction: discord.Interaction[Any], services: Services, target: Target) -> None:
    composing, guild_id, by = services.composing, guild_of(interaction), person_of(interaction)
    draft_id, version = target.draft_id, target.version
    if target.act in _MOVES:
        do, note = _MOVES[target.act]
        await do(composing, guild_id, by, draft_id, version)
        await show(interaction, services, draft_id, notes=[note])
        if target.act is Act.PUBLISH:
            await _watch(interaction, services, draft_id)
        return
    match target.act:
        case Act.SHOW | Act.LOOK:
            page, number = target.page
            await show(interaction, services, draft_id, page, number=number)
        case Act.SHEET:
            await show(interaction, services, draft_id, number=target.number)
        case Act.PREVIEW:
            await _preview(interaction, services, draft_id)
        case Act.PAID:
            await composing.set_paid(guild_id, by, draft_id, version, target.extra == "yes")
            await show(interaction, services, draft_id, Page.AUDIENCE)
        case Act.CROSSPOST:
            await _crosspost(interaction, services, target)
        case Act.COPY:
            copy = await composing.copy(guild_id, by, draft_id)
            await show(interaction, services, copy.id, notes=[f"A copy of #{draft_id}."])
        case Act.HAND_OVER:
            await _hand_over(interaction, services, draft_id)
        case Act.PATREON:
            await _preview_for_patreon(interaction, services, draft_id)
        case _:
            raise stale()


async def _watch(interaction: discord.Interaction[Any], services: Services, draft_id: int) -> None:
    """Say in the panel when the messages have arrived, for some seconds."""
    guild_id, by = guild_of(interaction), person_of(interaction)
    for _ in range(MOST_LOOKS):
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        view = await services.composing.get(guild_id, by, draft_id)
        if all(one.message_id or one.is_parked or one.reason for _, one in view.standings):
            break
    await show(interaction, services, draft_id)


async def _preview(
    interaction: discord.Interaction[Any], services: Services, draft_id: int
) -> None:
    """Show every message with its pictures, as it will be sent; nobody is pinged."""
    view = await _view(interaction, services, draft_id)
    for sheet in view.sheets:
        message = await preview_of(sheet, services.uploads.read)
        await interaction.followup.send(
            content=message.text or discord.utils.MISSING,
            embeds=message.embeds,
            view=message.view or discord.utils.MISSING,
            files=message.files,
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )


async def _preview_for_patreon(
    interaction: discord.Interaction[Any], services: Services, draft_id: int
) -> None:
    """Give the link to the page that shows how it will look on Patreon; the panel stays."""
    view = await _view(interaction, services, draft_id)
    if Rule.PREVIEW not in view.acts:
        raise UserError(
            "The preview for Patreon is for those who may compose posts, and not of a post that "
            "was thrown away. Restore it first, or ask for the right."
        )
    link = await services.previews.offer(
        draft_id, guild_id=guild_of(interaction), user_id=interaction.user.id
    )
    await interaction.followup.send(
        embed=preview_embed(link.expires_at),
        view=page_view("Open the preview", link.url),
        ephemeral=True,
    )


async def _crosspost(
    interaction: discord.Interaction[Any], services: Services, target: Target
) -> None:
    """Send it to a channel's followers, or not any more."""
    view = await _view(interaction, services, target.draft_id)
    chosen = pick(view.draft.targets, target.number)
    guild = known_guild(interaction)
    if not chosen.crosspost and not can_crosspost(guild, chosen):
        raise UserError("Nobody can follow this channel. Only announcement channels have that.")
    await services.composing.set_targets(
        guild.id,
        person_of(interaction),
        target.draft_id,
        target.version,
        replaced(view.draft.targets, replace(chosen, crosspost=not chosen.crosspost)),
    )
    await show(interaction, services, target.draft_id, Page.CHANNELS, number=chosen.channel_id)


async def _hand_over(
    interaction: discord.Interaction[Any], services: Services, draft_id: int
) -> None:
    """Bring the post to Patreon: give the link to the page from which it is copied there.

    Only what Patreon itself took counts as published.
    """
    view = await _view(interaction, services, draft_id)
    if Rule.HAND_OVER not in view.acts:
        raise UserError("This post cannot be handed over to Patreon now.")
    done = await services.post_publisher.publish(view.draft, user_id=interaction.user.id)
    embed, way = _outcome(done, draft_id)
    await interaction.edit_original_response(content=None, embeds=[embed], view=way, attachments=[])


def _outcome(done: Link | Published, draft_id: int) -> tuple[discord.Embed, discord.ui.View]:
    match done:
        case Link():
            way = link_view("Open the page", done.url, draft_id)
            return handed_over_embed(done.expires_at), way
        case Published():
            return taken_embed(), link_view("Open it on Patreon", done.url, draft_id)


async def _view(interaction: discord.Interaction[Any], services: Services, draft_id: int) -> View:
    return await services.composing.get(guild_of(interaction), person_of(interaction), draft_id)
