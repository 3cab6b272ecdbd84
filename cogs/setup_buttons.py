"""The buttons and menus of `/patreon setup` and `/patreon settings`, now and after a restart."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from cogs.base import Desk
from cogs.channel_checks import known_guild, own_channel
from cogs.lasting import LastingItem
from cogs.replies import answer
from cogs.setup_acts import connect, remove_test_here, send_test, sync
from cogs.setup_ids import BUTTONS, CHANNELS, MENUS, Act, Item, Page, Target, decode, stale
from cogs.setup_panel import show
from cogs.setup_views import detail_of, kinds_of
from cogs.setup_words import unfollowed_sentence
from core.errors import UserError
from core.guild_settings import Place
from core.services import Services

_PLACES = {Act.FEED: Place.FEED, Act.STAFF: Place.STAFF, Act.POSTS: Place.POSTS}


class SetupButton(LastingItem[ui.Button[ui.View]], template=BUTTONS):
    """A button of the panel, or of the test announcement."""

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Do what the button says, for who may administrate the guild."""
        services = desk.services
        target = decode(self.custom_id, Item.BUTTON)
        if target.act is Act.REMOVE_HERE:
            await remove_test_here(interaction, services, guild_id, target.campaign_id)
            return
        await interaction.response.defer()
        await _press(interaction, services, guild_id, target)


class SetupMenu(LastingItem[ui.Select[ui.View]], template=MENUS):
    """A menu of campaigns, of kinds of changes, or of how much is told of posts."""

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Save what was picked, for who may administrate the guild."""
        target = decode(self.custom_id, Item.MENU)
        await interaction.response.defer()
        await _pick(interaction, desk.services, guild_id, target, self.item.values)


class SetupChannels(LastingItem[ui.ChannelSelect[ui.View]], template=CHANNELS):
    """A menu of channels: the picked one is used from then on."""

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Save the channel, for who may administrate the guild."""
        services = desk.services
        target = decode(self.custom_id, Item.CHANNELS)
        place = _place(target.act)
        picked = [one.id for one in self.item.values]
        guild = known_guild(interaction)
        channel_id = own_channel(guild, place, picked[0]) if picked else None
        await interaction.response.defer()
        await services.settings.show_in(
            guild_id, target.campaign_id, place, channel_id, by=interaction.user.id
        )
        await show(interaction, services, target.page, target.campaign_id)


def _place(act: Act) -> Place:
    if act not in _PLACES:
        raise stale()
    return _PLACES[act]


async def _press(
    interaction: discord.Interaction, services: Services, guild_id: int, target: Target
) -> None:
    settings, trials = services.settings, services.trials
    campaign_id, by = target.campaign_id, interaction.user.id
    match target.act:
        case Act.SHOW:
            await show(interaction, services, target.page, campaign_id)
            return
        case Act.CONNECT:
            await connect(interaction, services, guild_id, campaign_id)
            return
        case Act.SYNC:
            await sync(interaction, services, guild_id, campaign_id)
            return
        case Act.SEND_TEST:
            await send_test(interaction, services, guild_id, campaign_id)
            return
        case Act.UNFOLLOW:
            await _unfollow(interaction, services, guild_id, campaign_id)
            return
        case Act.REMOVE_TEST:
            await trials.remove(guild_id, campaign_id, by=by)
        case Act.SHOW_AMOUNTS | Act.HIDE_AMOUNTS:
            shows = target.act is Act.SHOW_AMOUNTS
            await settings.show_amounts(guild_id, campaign_id, shows, by=by)
        case Act.DEFAULTS:
            await settings.use_defaults(guild_id, campaign_id, by=by)
        case Act.LOOK_AGAIN:
            settings.wake()
        case _:
            raise stale()
    await show(interaction, services, target.page, campaign_id)


async def _unfollow(
    interaction: discord.Interaction, services: Services, guild_id: int, campaign_id: str
) -> None:
    name = await services.settings.unfollow(guild_id, campaign_id, by=interaction.user.id)
    followed = (await services.settings.of_guild(guild_id)).followed
    await show(interaction, services, Page.SETTINGS if followed else Page.STEPS)
    await answer(interaction, unfollowed_sentence(name))


async def _pick(
    interaction: discord.Interaction,
    services: Services,
    guild_id: int,
    target: Target,
    values: Sequence[str],
) -> None:
    settings, campaign_id, by = services.settings, target.campaign_id, interaction.user.id
    if target.act is Act.PICK:
        if len(values) != 1:
            raise UserError("Pick one campaign.")
        await show(interaction, services, target.page, values[0])
        return
    if target.act is Act.POST_DETAIL:
        await settings.tell_of_posts(guild_id, campaign_id, detail_of(values), by=by)
        await show(interaction, services, target.page, campaign_id)
        return
    kinds = kinds_of(values)
    if kinds is None or target.act not in (Act.KINDS, Act.STAFF_KINDS):
        raise stale()
    save = settings.announce if target.act is Act.KINDS else settings.tell_staff
    await save(guild_id, campaign_id, kinds, by=by)
    await show(interaction, services, target.page, campaign_id)
