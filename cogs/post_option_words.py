"""What the pages of a post's panel say above their menus."""

import discord

from cogs.embeds import LONGEST_DESCRIPTION
from cogs.post_option_views import chosen_target
from cogs.post_targets import MOST_TARGETS, check_targets
from cogs.post_words import target_lines
from cogs.text import counted, cut, escape, fit_lines
from core.composing import View
from core.draft_words import audience_words
from core.drafts import MOST_PARTS, MOST_PICTURES, AudienceKind, DraftState

_COLOUR = 0x99AAB5


def text_embed(view: View) -> discord.Embed:
    """Say what each part of the text begins with."""
    parts = view.draft.content.parts
    lines = [
        f"**{number}** · {counted(len(part), 'character')}\n{escape(part, 120)}"
        for number, part in enumerate(parts, 1)
    ]
    head = f"{len(parts)} of {MOST_PARTS} parts, in their order. Each becomes a paragraph."
    return _embed("Parts of the text", [head, *lines])


def pictures_embed(view: View) -> discord.Embed:
    """Say which pictures there are, in their order, and what they show."""
    pictures = view.draft.content.pictures
    lines = [
        f"**{number}** · {escape(picture.name, 80)} · {picture.size_bytes / 1000:,.0f} kB\n"
        + (f"“{escape(picture.description, 200)}”" if picture.description else "No description.")
        for number, picture in enumerate(pictures, 1)
    ]
    head = f"{len(pictures)} of {MOST_PICTURES}, in their order."
    if pictures:
        head += " Descriptions are read out to those who cannot see the pictures."
    if pictures and view.draft.state is DraftState.PUBLISHED:
        head += " Messages that are out keep those that they were sent with."
    return _embed("Pictures", [head, *lines])


def audience_embed(view: View) -> discord.Embed:
    """Say who may read it now, and what is still to be chosen."""
    content = view.draft.content
    who = audience_words(content.audience, view.tiers, view.campaign.currency)
    lines = [f"Now: {escape(who, 300)}{', a paid post' if content.is_paid else ''}."]
    if content.audience.kind is AudienceKind.TIERS and not content.audience.tier_ids:
        lines.append("🔴 Choose at least one tier.")
    if content.audience.kind is AudienceKind.MINIMUM and content.audience.minimum_cents is None:
        lines.append("🔴 Set the amount.")
    lines.append("You set the same on Patreon when you publish it there.")
    return _embed("Who may read it", lines)


def channels_embed(guild: discord.Guild, view: View, channel_id: int) -> discord.Embed:
    """Say where it goes out, what hinders that, and which channel is being set up."""
    draft = view.draft
    is_for_all = draft.content.audience.kind is AudienceKind.PUBLIC
    lines = [target_lines(check_targets(guild, draft.targets, is_for_all=is_for_all))]
    chosen = chosen_target(view, channel_id)
    if chosen is None:
        lines = [f"Choose up to {MOST_TARGETS} channels."]
    elif len(draft.targets) > 1:
        lines.append(f"The menus below are for <#{chosen.channel_id}>.")
    return _embed("Channels", lines)


def campaign_embed(view: View) -> discord.Embed:
    """Say which campaign it belongs to."""
    lines = [
        f"Now: {escape(view.campaign.name, 80)}.",
        "With another campaign, tiers and the amount are chosen anew.",
    ]
    return _embed("Campaign", lines)


def _embed(title: str, lines: list[str]) -> discord.Embed:
    text = cut(fit_lines(lines, LONGEST_DESCRIPTION), LONGEST_DESCRIPTION)
    return discord.Embed(title=title, description=text, colour=_COLOUR)
