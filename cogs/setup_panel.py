"""The panel of `/patreon setup` and `/patreon settings`: what it shows comes from the database."""

import discord
from discord import ui

from cogs.channel_checks import check_channel, known_guild
from cogs.guards import guild_of
from cogs.setup_ids import Page
from cogs.setup_steps import Situation
from cogs.setup_views import (
    MOST_OPTIONS,
    campaigns_view,
    channels_view,
    kinds_view,
    settings_view,
    steps_view,
    test_view,
    unfollow_view,
)
from cogs.setup_words import (
    campaigns_embed,
    channels_embed,
    kinds_embed,
    settings_embed,
    steps_embed,
    test_embed,
    unfollow_embed,
)
from core.errors import UserError
from core.guild_settings import CampaignSettings, GuildSettings, Place
from core.services import Services


async def show(
    interaction: discord.Interaction, services: Services, page: Page, campaign_id: str = ""
) -> Situation:
    """Put a page into the reply; `campaign_id` "" means the first one that is followed.

    Raises:
        UserError: the campaign is none of this guild's.
    """
    situation = await situation_of(interaction, services, campaign_id)
    embed, view = _page(page, situation)
    await interaction.edit_original_response(content=None, embed=embed, view=view)
    return situation


async def situation_of(
    interaction: discord.Interaction, services: Services, campaign_id: str
) -> Situation:
    """Gather everything that a page depends on.

    Raises:
        UserError: the campaign is none of this guild's.
    """
    guild_id, guild = guild_of(interaction), known_guild(interaction)
    settings = await services.settings.of_guild(guild_id)
    campaign = settings.campaign(campaign_id) if campaign_id else _first(settings)
    if campaign is None:
        return Situation(guild=settings, campaign=None)
    used = ((place, campaign.channel_id(place)) for place in Place)
    return Situation(
        guild=settings,
        campaign=campaign,
        channels=tuple(
            check_channel(guild, place, channel_id)
            for place, channel_id in used
            if channel_id is not None
        ),
        trial=await services.trials.latest(guild_id, campaign.campaign_id),
        is_syncing=services.sync.is_running(campaign.campaign_id),
    )


def _first(settings: GuildSettings) -> CampaignSettings | None:
    """Pick what there is no choice about, or what was followed first."""
    if settings.followed or len(settings.campaigns) == 1:
        return settings.campaigns[0]
    return None


def _page(page: Page, situation: Situation) -> tuple[discord.Embed, ui.View]:
    campaign = situation.campaign
    if page is Page.STEPS:
        return steps_embed(situation), steps_view(situation)
    if not situation.guild.campaigns:
        raise UserError("There is no campaign to choose yet. Use `/patreon connect` first.")
    if page in (Page.CAMPAIGNS, Page.SETTINGS_CAMPAIGNS) or campaign is None:
        count = len(situation.guild.campaigns)
        embed = campaigns_embed(min(count, MOST_OPTIONS), count)
        return embed, campaigns_view(situation.guild, page)
    return _page_of(campaign, page, situation)


def _page_of(
    campaign: CampaignSettings, page: Page, situation: Situation
) -> tuple[discord.Embed, ui.View]:
    match page:
        case Page.CHANNELS:
            return channels_embed(campaign, situation), channels_view(campaign, situation)
        case Page.KINDS | Page.SETTINGS_KINDS:
            return kinds_embed(campaign), kinds_view(campaign, page)
        case Page.TEST:
            return test_embed(situation), test_view(situation)
        case Page.SETTINGS_UNFOLLOW:
            return unfollow_embed(campaign), unfollow_view(campaign.campaign_id)
        case _:
            return settings_embed(campaign, situation), settings_view(campaign, situation)
