"""`/patreon members`: who is a member, page by page."""

import logging
from collections.abc import Iterable, Sequence

import discord
from discord import app_commands

from cogs.base import CommandArea
from cogs.guards import permitted_guild, rights_in_guild
from cogs.member_buttons import show
from cogs.member_pages import ListState
from cogs.member_words import SORT_WORDS, STATUS_WORDS
from cogs.text import cut, escape, plain
from core.errors import BotError, UserError
from core.listing import Sort
from core.members import Status, Tier
from core.rights import Right

log = logging.getLogger(__name__)

LONGEST_TEXT = 50
LONGEST_CHOICE = 100
MOST_CHOICES = 25
"""Source: docs.discord.com, "Application Commands"."""

_STATUSES = [
    app_commands.Choice(name=words, value=status.value)
    for status, (_, words) in STATUS_WORDS.items()
]
_SORTS = [app_commands.Choice(name=words, value=sort.value) for sort, words in SORT_WORDS.items()]


class MemberCommands(CommandArea):
    """The command that lists members."""

    @app_commands.command()
    @app_commands.describe(
        status="Only members of this status",
        tier="Only members of this tier",
        text="Only members whose name contains this",
        sort="The order of the list",
    )
    @app_commands.choices(status=_STATUSES, sort=_SORTS)
    async def members(
        self,
        interaction: discord.Interaction,
        status: app_commands.Choice[str] | None = None,
        tier: app_commands.Range[str, 1, 100] | None = None,
        text: app_commands.Range[str, 1, 50] | None = None,
        sort: app_commands.Choice[str] | None = None,
    ) -> None:
        """List members with their tier, status and how long they have been with you."""
        roster = self.desk.services.roster
        guild_id = await permitted_guild(interaction, self.desk.services, Right.SEE_MEMBERS)
        await interaction.response.defer(ephemeral=True)
        state = ListState(
            status=Status(status.value) if status else None,
            tier_id=find_tier(await roster.tiers(guild_id), tier).id if tier else "",
            sort=Sort(sort.value) if sort else Sort.NAME,
            text=plain(text or "")[:LONGEST_TEXT],
        )
        rights = await rights_in_guild(interaction, self.desk.services)
        await show(interaction, await roster.page(guild_id, state.query()), state, rights)

    @members.autocomplete("tier")
    async def _suggest_tiers(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        try:
            guild_id = await permitted_guild(interaction, self.desk.services, Right.SEE_MEMBERS)
            return tier_choices(await self.desk.services.roster.tiers(guild_id), typed)
        except BotError as error:
            log.debug("no tiers suggested", extra={"reason": str(error)})
            return []


def tier_choices(tiers: Iterable[Tier], typed: str) -> list[app_commands.Choice[str]]:
    """Offer the tiers whose title contains what was typed, the most expensive first."""
    found = [tier for tier in tiers if typed.casefold().strip() in tier.title.casefold()]
    found.sort(key=lambda tier: (not tier.is_published, -tier.amount_cents, tier.id))
    return [
        app_commands.Choice(name=_choice_name(tier), value=tier.id) for tier in found[:MOST_CHOICES]
    ]


def find_tier(tiers: Sequence[Tier], typed: str) -> Tier:
    """Find the tier that somebody picked from the list or typed by its title.

    Raises:
        UserError: no tier, or more than one, is meant; the sentence lists what there is.
    """
    wanted = plain(typed).casefold()
    for found in (
        [tier for tier in tiers if tier.id == typed],
        [tier for tier in tiers if plain(tier.title).casefold() == wanted],
        [tier for tier in tiers if wanted in plain(tier.title).casefold()],
    ):
        if len({tier.id for tier in found}) == 1:
            return found[0]
        if found:
            raise UserError(
                f"Several tiers fit “{escape(typed, 200)}”: {_titles(found)}. Pick one of the list."
            )
    known = f"There are: {_titles(tiers)}." if tiers else "Use `/patreon sync` to read the tiers."
    raise UserError(f"No tier is called “{escape(typed, 200)}”. {known}")


def _choice_name(tier: Tier) -> str:
    hidden = "" if tier.is_published else " (hidden)"
    return cut(plain(tier.title) or tier.id, LONGEST_CHOICE - len(hidden)) + hidden


def _titles(tiers: Sequence[Tier]) -> str:
    shown = [escape(tier.title, 60) for tier in tiers[:20]]
    return ", ".join([*shown, "…"] if len(tiers) > 20 else shown)
