"""`/patreon posts` and `/patreon template`: find posts again, and write them from templates."""

import logging
from collections.abc import Sequence

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.guards import guild_of, permitted_guild, person_of
from cogs.post_doors import before_a_form, check_may
from cogs.post_list import show_list
from cogs.post_list_ids import PostList
from cogs.post_opening import use_template
from cogs.post_words import STATES
from cogs.text import cut, escape, plain
from core.draft_rows import DraftLine, DraftQuery
from core.drafts import DraftState
from core.errors import BotError, UserError
from core.rights import Person, Right
from core.services import Services

log = logging.getLogger(__name__)

MOST_CHOICES = 25
LONGEST_CHOICE = 100
"""Source: docs.discord.com, "Application Commands"."""

_MOST_TEMPLATES = 200
_STATES = [app_commands.Choice(name=name, value=state.value) for state, name in STATES.items()]


class PostsCommands(CommandArea):
    """The commands that list posts and use templates."""

    template = app_commands.Group(name="template", description="Posts to write others from")

    @app_commands.command()
    @app_commands.describe(
        state="Only posts that are this far",
        author="Only this person's posts",
        campaign="Only posts of this campaign",
    )
    @app_commands.choices(state=_STATES)
    async def posts(
        self,
        interaction: discord.Interaction,
        state: app_commands.Choice[str] | None = None,
        author: discord.User | None = None,
        campaign: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """List what is being written, waits for approval, is scheduled or published."""
        services = self.desk.services
        await check_may(interaction, services)
        guild_id = guild_of(interaction)
        await interaction.response.defer(ephemeral=True)
        wanted = PostList(
            state=DraftState(state.value) if state else None,
            author_id=author.id if author else 0,
            campaign_id=await _campaign_id(services, guild_id, campaign),
        )
        await show_list(interaction, services, wanted)

    @template.command(name="list")
    async def list_templates(self, interaction: discord.Interaction) -> None:
        """List the templates. Save one with the button below any post."""
        services = self.desk.services
        await permitted_guild(interaction, services, Right.COMPOSE)
        await interaction.response.defer(ephemeral=True)
        await show_list(interaction, services, PostList(state=DraftState.TEMPLATE))

    @template.command(name="use")
    @app_commands.describe(name="Type a part of the name and pick one of the list")
    async def use(
        self, interaction: discord.Interaction, name: app_commands.Range[str, 1, 100]
    ) -> None:
        """Write a post from a template; its variables are asked for."""
        services = self.desk.services
        async with before_a_form():
            guild_id = await permitted_guild(interaction, services, Right.COMPOSE)
            found = _meant(await _templates(services, guild_id, person_of(interaction)), name)
        await use_template(interaction, services, found.id)

    @use.autocomplete("name")
    async def _suggest_templates(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        services = self.desk.services
        try:
            guild_id = await permitted_guild(interaction, services, Right.COMPOSE)
            templates = await _templates(services, guild_id, person_of(interaction))
        except BotError as error:
            log.debug("no templates suggested", extra={"reason": str(error)})
            return []
        return [
            app_commands.Choice(
                name=cut(plain(one.name or ""), LONGEST_CHOICE) or "…", value=f"#{one.id}"
            )
            for one in templates
            if typed.casefold().strip() in (one.name or "").casefold()
        ][:MOST_CHOICES]

    @posts.autocomplete("campaign")
    async def _suggest_posting_campaigns(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        services = self.desk.services
        try:
            await check_may(interaction, services)
            followed = await services.wording.followed(guild_of(interaction))
        except BotError as error:
            log.debug("no campaigns suggested", extra={"reason": str(error)})
            return []
        return [
            app_commands.Choice(
                name=cut(plain(one.name), LONGEST_CHOICE) or one.campaign_id, value=one.campaign_id
            )
            for one in followed
            if typed.casefold().strip() in one.name.casefold()
        ][:MOST_CHOICES]


async def _campaign_id(services: Services, guild_id: int, typed: str | None) -> str:
    """Find the campaign that somebody means, "" for any."""
    if typed is None:
        return ""
    wanted = plain(typed).casefold()
    for one in await services.wording.followed(guild_id):
        if one.campaign_id == typed or plain(one.name).casefold() == wanted:
            return one.campaign_id
    raise UserError(
        f"This server follows no campaign “{escape(typed, 100)}”. Pick one that is suggested."
    )


async def _templates(services: Services, guild_id: int, by: Person) -> Sequence[DraftLine]:
    query = DraftQuery(
        guild_id=guild_id, states=frozenset({DraftState.TEMPLATE}), limit=_MOST_TEMPLATES
    )
    return (await services.composing.listed(by, query)).lines


def _meant(templates: Sequence[DraftLine], typed: str) -> DraftLine:
    """Find the template that somebody means, by what was suggested or by its name."""
    wanted = plain(typed).casefold()
    for one in templates:
        if typed == f"#{one.id}" or plain(one.name or "").casefold() == wanted:
            return one
    raise UserError(
        f"This server has no template “{escape(typed, 100)}”. See `/patreon template list`."
    )
