"""The buttons and menus of a post's panel, now and after a restart."""

from dataclasses import replace
from typing import Any

import discord
from discord import ui

from cogs.base import Desk
from cogs.channel_checks import known_guild
from cogs.guards import person_of
from cogs.lasting import LastingItem
from cogs.post_acts import act
from cogs.post_dismissing import dismiss
from cogs.post_doors import check_may, take
from cogs.post_fields import values_of
from cogs.post_ids import BUTTONS, MENUS, Act, Item, Page, Target, decode, stale
from cogs.post_opening import OPENS, open_form
from cogs.post_option_views import tiers_on
from cogs.post_panel import show, show_begun, showing_on_failure
from cogs.post_targets import pick, replaced, with_channels, with_roles, with_tags
from core.draft_forms import picture_of
from core.drafts import Audience, AudienceKind
from core.errors import UserError
from core.services import Services

_PAGES = {
    Act.CUT: Page.TEXT,
    Act.DROP: Page.PICTURES,
    Act.AUDIENCE: Page.AUDIENCE,
    Act.TIERS: Page.AUDIENCE,
    Act.CHANNELS: Page.CHANNELS,
    Act.TARGET: Page.CHANNELS,
    Act.ROLES: Page.CHANNELS,
    Act.TAGS: Page.CHANNELS,
    Act.CAMPAIGN: Page.MAIN,
}
"""Which page a menu belongs to."""


class PostButton(LastingItem[ui.Button[ui.View]], template=BUTTONS):
    """A button of the panel, or of a card that asks for approval."""

    right = None

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Do what the button says, for who may compose or approve posts in this guild."""
        target = decode(self.custom_id, Item.BUTTON)
        if target.act in OPENS:
            await open_form(interaction, desk.services, target)
            return
        await check_may(interaction, desk.services)
        await take(interaction)
        if target.act is Act.DISMISS:
            await dismiss(interaction, desk.services, target.draft_id)
            return
        await act(interaction, desk.services, target)


class PostMenu(LastingItem[ui.Select[ui.View]], template=MENUS):
    """A menu of parts, pictures, campaigns, audiences, tiers, channels, roles or tags."""

    right = None

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Do what was picked, for who may compose or approve posts in this guild."""
        target = decode(self.custom_id, Item.MENU)
        values = values_of(interaction)
        if target.act in (Act.PART, Act.DESCRIBE):
            chosen = replace(target, extra=_one(values))
            await open_form(interaction, desk.services, chosen)
            return
        if target.act is Act.REOPEN:
            kept = Target(Act.REOPEN, _snowflake(_one(values)))
            await open_form(interaction, desk.services, kept)
            return
        await check_may(interaction, desk.services)
        await take(interaction)
        if target.act is Act.DISMISS:
            await dismiss(interaction, desk.services, _snowflake(_one(values)))
            return
        if target.act is Act.OPEN:
            await show(interaction, desk.services, _snowflake(_one(values)))
            return
        if target.act not in _PAGES:
            raise stale()
        number = target.number if target.extra else 0
        async with showing_on_failure(
            interaction, desk.services, target.draft_id, _PAGES[target.act], number=number
        ):
            await _pick(interaction, desk.services, guild_id, target, values)


async def _pick(
    interaction: discord.Interaction[Any],
    services: Services,
    guild_id: int,
    target: Target,
    values: tuple[str, ...],
) -> None:
    composing, by = services.composing, person_of(interaction)
    draft_id, version = target.draft_id, target.version
    page, number = _PAGES[target.act], target.number if target.extra else 0
    match target.act:
        case Act.CUT:
            part = replace(target, extra=_one(values)).number
            await composing.remove_part(guild_id, by, draft_id, version, part)
        case Act.DROP:
            digest = await _digest(services, interaction, draft_id, _one(values))
            await composing.remove_picture(guild_id, by, draft_id, version, digest)
        case Act.CAMPAIGN:
            draft = await composing.set_campaign(guild_id, by, draft_id, version, _one(values))
            await show_begun(interaction, services, draft)
            return
        case Act.AUDIENCE:
            kind = _one(values)
            if kind not in list(AudienceKind):
                raise stale()
            audience = Audience(kind=AudienceKind(kind))
            await composing.set_audience(guild_id, by, draft_id, version, audience)
        case Act.TIERS:
            view = await composing.get(guild_id, by, draft_id)
            elsewhere = set(view.draft.content.audience.tier_ids) - set(tiers_on(view, number))
            chosen = [each for each in view.tiers if each in elsewhere or each in values]
            audience = Audience(kind=AudienceKind.TIERS, tier_ids=tuple(chosen))
            await composing.set_audience(guild_id, by, draft_id, version, audience)
        case Act.TARGET:
            number = replace(target, extra=_one(values)).number
        case _:
            await _retarget(interaction, services, target, values)
    await show(interaction, services, draft_id, page, number=number)


async def _retarget(
    interaction: discord.Interaction[Any],
    services: Services,
    target: Target,
    values: tuple[str, ...],
) -> None:
    """Change where a draft goes out, or who is pinged there, or with which tags."""
    guild, by = known_guild(interaction), person_of(interaction)
    view = await services.composing.get(guild.id, by, target.draft_id)
    targets, ids = view.draft.targets, [_snowflake(each) for each in values]
    if target.act is Act.CHANNELS:
        wanted = with_channels(guild, targets, ids)
    else:
        chosen = pick(targets, target.number)
        change = with_roles if target.act is Act.ROLES else with_tags
        wanted = replaced(targets, change(guild, chosen, ids))
    await services.composing.set_targets(guild.id, by, target.draft_id, target.version, wanted)


async def _digest(
    services: Services, interaction: discord.Interaction[Any], draft_id: int, beginning: str
) -> str:
    """Find the picture that a menu names by the beginning of its digest."""
    guild_id = known_guild(interaction).id
    view = await services.composing.get(guild_id, person_of(interaction), draft_id)
    picture = picture_of(view.draft.content, beginning)
    if picture is None:
        raise UserError("This post has no such picture (any more).")
    return picture.digest


def _one(values: tuple[str, ...]) -> str:
    if len(values) != 1:
        raise UserError("Pick one.")
    return values[0]


def _snowflake(value: str) -> int:
    return Target(Act.TARGET, extra=value).number
