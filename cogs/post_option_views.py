"""The buttons and menus with which a post's audience and channels are chosen."""

from collections.abc import Iterable

import discord
from discord import ui

from cogs.channel_checks import TYPES
from cogs.post_ids import Act, Item, Page
from cogs.post_targets import MOST_ROLES, MOST_TAGS, MOST_TARGETS, can_crosspost, tags_of
from cogs.post_views import (
    LONGEST_OPTION,
    MOST_OPTIONS,
    back_button,
    button,
    menu,
    option,
    sent,
    target_on,
)
from cogs.post_words import AUDIENCES
from cogs.text import cut
from core.composing import View
from core.drafts import AudienceKind, Target
from core.guild_settings import Place
from core.money import format_money


def audience_view(view: View, page: int) -> ui.View:
    """Who may read it: the kind, and what belongs to it; `page` is that of the tiers."""
    made, audience = ui.View(timeout=None), view.draft.content.audience
    kinds = [
        option(name, kind.value, is_chosen=kind is audience.kind)
        for kind, name in AUDIENCES.items()
    ]
    made.add_item(menu(target_on(view, Act.AUDIENCE), "Who may read it…", kinds))
    if audience.kind is AudienceKind.TIERS:
        _add_tiers(made, view, page)
    if audience.kind is AudienceKind.MINIMUM:
        made.add_item(button("Amount…", target_on(view, Act.MINIMUM)))
    is_paid = view.draft.content.is_paid
    label = "Not a paid post" if is_paid else "Make it a paid post"
    made.add_item(button(label, target_on(view, Act.PAID, "no" if is_paid else "yes")))
    made.add_item(back_button(view))
    return sent(made)


def tiers_on(view: View, page: int) -> list[str]:
    """Give the ids of the tiers on a page of the menu, the cheapest first."""
    ordered = sorted(view.tiers.values(), key=lambda tier: (tier.amount_cents, tier.id))
    start = page * MOST_OPTIONS
    return [tier.id for tier in ordered[start : start + MOST_OPTIONS]]


def channels_view(guild: discord.Guild, view: View, channel_id: int) -> ui.View:
    """Where it goes out, and for one of the channels who is pinged and what else it takes."""
    made, targets = ui.View(timeout=None), view.draft.targets
    here = [each for each in targets if guild.get_channel(each.channel_id) is not None]
    channels: ui.ChannelSelect[ui.View] = ui.ChannelSelect(
        custom_id=target_on(view, Act.CHANNELS).encode(Item.MENU),
        channel_types=list(TYPES[Place.POSTS]),
        placeholder="Channels…",
        min_values=0,
        max_values=MOST_TARGETS,
        required=False,
        default_values=_defaults((each.channel_id for each in here[:MOST_TARGETS]), "channel"),
    )
    made.add_item(channels)
    chosen = chosen_target(view, channel_id)
    if chosen is not None and guild.get_channel(chosen.channel_id) is not None:
        _add_settings(made, guild, view, chosen)
    made.add_item(back_button(view))
    return sent(made)


def chosen_target(view: View, channel_id: int) -> Target | None:
    """Pick the channel that is being set up: the one that is named, or else the first."""
    targets = view.draft.targets
    return next(
        (each for each in targets if each.channel_id == channel_id),
        targets[0] if targets else None,
    )


def _add_tiers(made: ui.View, view: View, page: int) -> None:
    shown = tiers_on(view, page)
    chosen = view.draft.content.audience.tier_ids
    options = [
        option(
            f"{tier.title} ({format_money(tier.amount_cents, view.campaign.currency)})",
            tier.id,
            is_chosen=tier.id in chosen,
        )
        for tier in (view.tiers[each] for each in shown)
    ]
    if options:
        target = target_on(view, Act.TIERS, str(page))
        made.add_item(menu(target, "Tiers…", options, least=0, most=len(options)))
    pages = -(-len(view.tiers) // MOST_OPTIONS)
    if pages > 1:
        following = (page + 1) % pages
        label = f"More tiers ({following + 1} of {pages})"
        made.add_item(button(label, target_on(view, Act.SHOW, f"{Page.AUDIENCE}-{following}")))


def _add_settings(made: ui.View, guild: discord.Guild, view: View, chosen: Target) -> None:
    """Add what can be set for one channel."""
    extra = str(chosen.channel_id)
    others = [
        option(
            f"Set up #{channel.name}",
            str(channel.id),
            is_chosen=channel.id == chosen.channel_id,
        )
        for channel in (guild.get_channel(each.channel_id) for each in view.draft.targets)
        if channel is not None
    ]
    if len(others) > 1:
        made.add_item(menu(target_on(view, Act.TARGET), "Set up a channel…", others))
    roles: ui.RoleSelect[ui.View] = ui.RoleSelect(
        custom_id=target_on(view, Act.ROLES, extra).encode(Item.MENU),
        placeholder="Ping nobody",
        min_values=0,
        max_values=MOST_ROLES,
        required=False,
        default_values=_defaults(
            (each for each in chosen.role_ids if guild.get_role(each) is not None), "role"
        ),
    )
    made.add_item(roles)
    tags = [
        discord.SelectOption(
            label=cut(tag.name, LONGEST_OPTION) or "…",
            value=str(tag.id),
            default=tag.id in chosen.tag_ids,
        )
        for tag in tags_of(guild, chosen)[:MOST_OPTIONS]
    ]
    if tags:
        most = min(len(tags), MOST_TAGS)
        made.add_item(menu(target_on(view, Act.TAGS, extra), "No tags", tags, least=0, most=most))
    if can_crosspost(guild, chosen) or chosen.crosspost:
        label = "Keep it from followers" if chosen.crosspost else "Send it to followers, too"
        made.add_item(button(label, target_on(view, Act.CROSSPOST, extra)))


def _defaults(ids: Iterable[int], kind: str) -> list[discord.SelectDefaultValue]:
    # Discord wants ids as text; discord.py sends the one it is given, and types it as a number.
    payloads = [{"id": str(each), "type": kind} for each in ids]
    return [
        discord.SelectDefaultValue.from_dict(each)  # type: ignore[arg-type]
        for each in payloads
    ]
