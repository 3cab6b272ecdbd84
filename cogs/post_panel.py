"""The panel of a post: what it will look like, how it stands, and what can be done with it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import discord
from discord import ui

from cogs.channel_checks import known_guild
from cogs.embeds import LONGEST_EMBED
from cogs.faults import FAULTS
from cogs.guards import guild_of, person_of
from cogs.post_doors import is_own
from cogs.post_ids import Page
from cogs.post_option_views import audience_view, channels_view
from cogs.post_option_words import (
    audience_embed,
    campaign_embed,
    channels_embed,
    pictures_embed,
    text_embed,
)
from cogs.post_targets import TargetCheck, check_targets, fitted
from cogs.post_views import campaign_view, panel_view, pictures_view, text_view
from cogs.post_words import panel_embed
from cogs.sheets import message_of
from cogs.text import units
from core.composing import View
from core.drafts import AudienceKind, Draft
from core.errors import TemporaryError, UserError
from core.services import Services

_MARGIN = 100


async def show(
    interaction: discord.Interaction[Any],
    services: Services,
    draft_id: int,
    page: Page = Page.MAIN,
    *,
    number: int = 0,
    notes: Sequence[str] = (),
) -> View:
    """Put a page of a draft's panel into the reply.

    `number` is that of the message to show, of the tiers' page, or the channel's id that is being
    set up. `notes` are sentences about what just happened.

    Raises:
        UserError: the guild has no such draft, or the person may not see it.
    """
    view = await services.composing.get(guild_of(interaction), person_of(interaction), draft_id)
    embeds, buttons = await _page(interaction, services, view, page, number, notes)
    await interaction.edit_original_response(
        content=None, embeds=embeds, view=buttons, attachments=[]
    )
    return view


async def show_begun(
    interaction: discord.Interaction[Any],
    services: Services,
    draft: Draft,
    *,
    notes: Sequence[str] = (),
) -> None:
    """Put the panel of a draft into the reply whose channels were chosen for it.

    Only Discord knows which of them are forums.

    Raises:
        UserError: somebody changed the draft meanwhile.
    """
    with suppress(TemporaryError):
        guild = known_guild(interaction)
        targets = fitted(guild, draft.targets)
        if targets != draft.targets:
            await services.composing.set_targets(
                guild.id, person_of(interaction), draft.id, draft.version, targets
            )
    await show(interaction, services, draft.id, notes=notes)


async def _page(
    interaction: discord.Interaction[Any],
    services: Services,
    view: View,
    page: Page,
    number: int,
    notes: Sequence[str],
) -> tuple[list[discord.Embed], ui.View]:
    match page:
        case Page.TEXT:
            return [text_embed(view)], text_view(view)
        case Page.PICTURES:
            return [pictures_embed(view)], pictures_view(view)
        case Page.AUDIENCE:
            return [audience_embed(view)], audience_view(view, number)
        case Page.CHANNELS:
            guild = known_guild(interaction)
            return [channels_embed(guild, view, number)], channels_view(guild, view, number)
        case Page.CAMPAIGN:
            campaigns = await _campaigns(services, view)
            return [campaign_embed(view)], campaign_view(view, campaigns)
        case Page.MAIN:
            has_campaigns = len(await _campaigns(services, view)) > 1
            sheet = number % len(view.sheets)
            return _main(interaction, view, sheet, notes), panel_view(
                view, sheet=sheet, has_campaigns=has_campaigns
            )


def _main(
    interaction: discord.Interaction[Any], view: View, sheet: int, notes: Sequence[str]
) -> list[discord.Embed]:
    """The message exactly as it will be sent, and what is to be said about the post below it."""
    preview = message_of(view.sheets[sheet]).embeds
    room = LONGEST_EMBED - _MARGIN - sum(_size(embed) for embed in preview)
    targets = _checked(interaction, view)
    return [*preview, panel_embed(view, targets=targets, room=room, notes=notes)]


def _checked(interaction: discord.Interaction[Any], view: View) -> tuple[TargetCheck, ...]:
    """Look at the channels; just after a start, the bot knows none of them and says nothing."""
    targets = view.draft.targets
    is_for_all = view.draft.content.audience.kind is AudienceKind.PUBLIC
    try:
        return check_targets(known_guild(interaction), targets, is_for_all=is_for_all)
    except TemporaryError:
        return tuple(TargetCheck(target=each, is_there=True) for each in targets)


def _size(embed: discord.Embed) -> int:
    """Count what Discord adds up over all embeds of a message."""
    texts = [embed.title, embed.description, embed.footer.text, embed.author.name]
    texts += [text for field in embed.fields for text in (field.name, field.value)]
    return sum(units(text) for text in texts if text)


async def _campaigns(services: Services, view: View) -> list[tuple[str, str]]:
    if view.link is None:
        return []
    followed = await services.wording.followed(view.draft.guild_id)
    return [(one.campaign_id, one.name) for one in followed]


@asynccontextmanager
async def showing_on_failure(
    interaction: discord.Interaction[Any],
    services: Services,
    draft_id: int,
    page: Page = Page.MAIN,
    *,
    number: int = 0,
) -> AsyncIterator[None]:
    """Show the draft as it is now when something cannot be done with it: it may have changed.

    What was raised goes on, to be said below the panel.
    """
    try:
        yield
    except UserError:
        if is_own(interaction):
            with suppress(UserError, *FAULTS):
                await show(interaction, services, draft_id, page, number=number)
        raise
