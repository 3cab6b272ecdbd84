"""What takes long in the panel: the browser's consent, the first sync, the test announcement."""

import asyncio
import logging

import discord

from cogs.base import desk_of
from cogs.brake_words import question_buttons
from cogs.connect_words import ending_embed, invitation_embed
from cogs.faults import FAULTS
from cogs.progress import ProgressReply
from cogs.replies import answer
from cogs.setup_ids import Act, Item, Page, Target
from cogs.setup_panel import show
from cogs.setup_views import invitation_view
from cogs.setup_words import removing_sentence
from cogs.sync_words import report_embed
from core.consents import Purpose
from core.services import Services
from core.sync import AlreadyRunning
from core.trial import TrialState

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.5
MOST_LOOKS = 12
"""How often the panel looks whether the test has arrived, before it leaves that to a button."""


async def connect(
    interaction: discord.Interaction, services: Services, guild_id: int, campaign_id: str
) -> None:
    """Show the way to the browser, and the steps again once the consent has ended.

    An invitation that runs out changes nothing: the person may have gone on in the panel.
    """
    server_name = interaction.guild.name if interaction.guild is not None else ""
    invitation = await services.consent.begin(
        Purpose.CONNECT,
        guild_id=guild_id,
        user_id=interaction.user.id,
        user_name=interaction.user.display_name,
        guild_name=server_name,
    )
    await interaction.edit_original_response(
        embed=invitation_embed(invitation.expires_at, server_name=server_name),
        view=invitation_view(invitation.url, campaign_id),
    )
    ending = await services.consent.outcome(invitation)
    if ending is None:
        return
    try:
        await show(interaction, services, Page.STEPS, campaign_id)
        await interaction.followup.send(embed=ending_embed(ending, Purpose.CONNECT), ephemeral=True)
    except FAULTS as error:
        log.debug("ending not shown", extra={"reason": type(error).__name__})


async def sync(
    interaction: discord.Interaction, services: Services, guild_id: int, campaign_id: str
) -> None:
    """Sync one campaign with live progress, or watch the sync that is under way.

    Raises:
        UserError: the guild does not follow the campaign.
    """
    (await services.settings.of_guild(guild_id)).campaign(campaign_id)
    progress = ProgressReply(interaction, desk_of(interaction).clock)
    reports = []
    try:
        reports = await services.sync.of_guild(
            guild_id, user_id=interaction.user.id, only=campaign_id, progress=progress
        )
    except AlreadyRunning:
        await services.sync.watch(campaign_id, progress)
    finally:
        await show(interaction, services, Page.STEPS, campaign_id)
    if reports:
        questions = [(one.campaign_id, one.campaign_name, one.question) for one in reports]
        await interaction.followup.send(
            embed=report_embed(reports, guild_id=guild_id),
            view=question_buttons(questions) or discord.utils.MISSING,
            ephemeral=True,
        )


async def send_test(
    interaction: discord.Interaction, services: Services, guild_id: int, campaign_id: str
) -> None:
    """Send a test announcement and say when it has arrived, for some seconds.

    Raises:
        UserError: the guild does not follow the campaign, or has no feed channel.
    """
    remove = Target(Act.REMOVE_HERE, Page.TEST, campaign_id).encode(Item.BUTTON)
    await services.trials.send(guild_id, campaign_id, by=interaction.user.id, remove_id=remove)
    await show(interaction, services, Page.TEST, campaign_id)
    for _ in range(MOST_LOOKS):
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        trial = await services.trials.latest(guild_id, campaign_id)
        if trial is None or trial.state is not TrialState.WAITING:
            await show(interaction, services, Page.TEST, campaign_id)
            return


async def remove_test_here(
    interaction: discord.Interaction, services: Services, guild_id: int, campaign_id: str
) -> None:
    """Remove the test announcement below which the button sits; only the person is told."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    await services.trials.remove(guild_id, campaign_id, by=interaction.user.id)
    await answer(interaction, removing_sentence())
