"""Scheduling several posts from one file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord

from cogs.base import desk_of
from cogs.channel_checks import known_guild
from cogs.guards import guild_of, person_of
from cogs.post_fields import Filled, Upload
from cogs.post_files import fetch
from cogs.post_list_ids import PostList
from cogs.post_list_views import list_view_of
from cogs.post_settling_forms import ZONE
from cogs.post_targets import target_in
from cogs.post_words import moment
from cogs.text import counted, escape, fit_lines
from core.bulk import Known, read_posts
from core.composing import Plan, Sent
from core.draft_rows import DraftQuery
from core.drafts import Content, Draft, DraftState, Target
from core.errors import UserError
from core.guilds import Link
from core.members import Campaign, Tier
from core.services import Services

MOST_FILE_BYTES = 100_000
_MOST_TEMPLATES = 50
_COLOUR = 0x5865F2


async def schedule_file(
    interaction: discord.Interaction[Any],
    services: Services,
    filled: Filled,
    uploads: Sequence[Upload],
    campaign_id: str,
    sent: Sent,
) -> tuple[Draft, ...]:
    """Schedule every post of a file, or none; gives them.

    `campaign_id` "" means the guild's first campaign. `sent` is the form with which it came.

    Raises:
        UserError: it is no such file, or something in it is wrong; the sentence names the lines.
    """
    if len(uploads) != 1:
        raise UserError("Upload one CSV file.")
    raw = await fetch(interaction, uploads[0], most=MOST_FILE_BYTES)
    guild_id, by = guild_of(interaction), person_of(interaction)
    campaign, link = await _campaign(services, guild_id, campaign_id)
    known = Known(
        campaign=campaign,
        tiers=await _tiers(services, guild_id, campaign.id),
        templates=await _templates(interaction, services, raw),
        zone=filled.text(ZONE).strip() or None,
    )
    posts = read_posts(raw, known, desk_of(interaction).clock())
    return await services.composing.schedule_many(
        guild_id,
        by,
        [
            Plan(
                line=one.line,
                content=one.content,
                publish_at=one.when.at,
                zone=one.when.zone,
                targets=_targets(interaction, link),
            )
            for one in posts
        ],
        campaign_id=campaign.id,
        sent=sent,
    )


async def show_scheduled(interaction: discord.Interaction[Any], drafts: Sequence[Draft]) -> None:
    """Say in the reply which posts go out when."""
    await interaction.edit_original_response(
        content=None, embeds=[_scheduled_embed(drafts)], view=list_view_of(PostList())
    )


def _targets(interaction: discord.Interaction[Any], link: Link) -> tuple[Target, ...]:
    if link.posts_channel_id is None:
        return ()
    return (target_in(known_guild(interaction), link.posts_channel_id),)


async def _campaign(services: Services, guild_id: int, campaign_id: str) -> tuple[Campaign, Link]:
    views = sorted(await services.lookups.campaigns(guild_id), key=lambda view: view.link.id)
    for view in views:
        if campaign_id in ("", view.link.campaign_id) and view.stored is not None:
            return view.stored.campaign, view.link
    raise UserError("This server follows no such campaign (any more). Use `/patreon setup`.")


async def _tiers(services: Services, guild_id: int, campaign_id: str) -> list[Tier]:
    """Give the campaign's tiers as the guild calls them."""
    return [
        replace(view.tier, title=view.title)
        for view in await services.lookups.tiers(guild_id)
        if view.tier.campaign_id == campaign_id
    ]


async def _templates(
    interaction: discord.Interaction[Any], services: Services, raw: bytes
) -> Mapping[str, Content]:
    """Read the guild's templates by name, when the file speaks of any."""
    if b"template" not in raw[:1_000].lower():
        return {}
    guild_id, by = guild_of(interaction), person_of(interaction)
    query = DraftQuery(
        guild_id=guild_id, states=frozenset({DraftState.TEMPLATE}), limit=_MOST_TEMPLATES
    )
    found = {}
    for line in (await services.composing.listed(by, query)).lines:
        view = await services.composing.get(guild_id, by, line.id)
        found[line.name or ""] = view.draft.content
    return found


def _scheduled_embed(drafts: Sequence[Draft]) -> discord.Embed:
    lines = [
        f"{moment(draft.publish_at)}: {escape(draft.content.title, 60)}"
        for draft in drafts
        if draft.publish_at is not None
    ]
    title = f"{counted(len(drafts), 'post')} scheduled"
    return discord.Embed(title=title, description=fit_lines(lines, 4_000), colour=_COLOUR)
