"""The menus and buttons of `/patreon permissions`, now and after a restart."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from cogs.base import Desk
from cogs.guards import guild_of, person_of, rights_in_guild
from cogs.lasting import LastingItem
from cogs.permissions_ids import (
    PICK_ROLE,
    RIGHTS,
    ROLES,
    STEPS,
    Step,
    read_rights,
    read_step,
    rights_menu_id,
    role_of_menu,
    step_id,
)
from cogs.permissions_words import (
    Roles,
    audit_name,
    changed_sentence,
    option_of,
    permissions_embed,
    role_embed,
    warning_embed,
)
from core.errors import UserError
from core.permissions import NAMES, Unconfirmed, refusal
from core.rights import Right
from core.services import Services


class RoleMenu(LastingItem[ui.RoleSelect[ui.View]], template=ROLES):
    """A menu of roles: the picked one is edited."""

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Show the rights of the picked role to who may change them."""
        role_id = _picked(self.item.values)
        await interaction.response.defer()
        await show_role(interaction, desk.services, role_id)


class RightsMenu(LastingItem[ui.Select[ui.View]], template=RIGHTS):
    """A menu of rights: what is picked are the rights of a role from then on."""

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Save what was picked, for who may change it."""
        role_id = role_of_menu(self.custom_id)
        rights = read_rights(self.item.values)
        await interaction.response.defer()
        await _change(interaction, desk.services, role_id, rights, is_confirmed=False)


class StepButton(LastingItem[ui.Button[ui.View]], template=STEPS):
    """A button that leads to another step of the panel."""

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Take the step, for who may change permissions."""
        services = desk.services
        step, role_id, rights = read_step(self.custom_id)
        await interaction.response.defer()
        match step:
            case Step.BACK:
                await show(interaction, services)
            case Step.EVERYBODY:
                await show_role(interaction, services, guild_id)
            case Step.NOTHING:
                await _change(interaction, services, role_id, frozenset(), is_confirmed=False)
            case Step.CONFIRM:
                await _change(interaction, services, guild_id, rights, is_confirmed=True)


async def show(interaction: discord.Interaction, services: Services) -> None:
    """Put the explanation into the reply, with the menus for who may change permissions.

    Raises:
        UserError: the person has no right at all in this guild.
    """
    held = await rights_in_guild(interaction, services)
    if not held:
        raise UserError(refusal(Right.SEE_MEMBERS))
    guild_id = guild_of(interaction)
    embed = permissions_embed(
        await services.rights.granted(guild_id),
        _roles(interaction),
        guild_id=guild_id,
        moderator_role_ids=services.rights.moderator_role_ids,
        held=held,
    )
    view = _start() if Right.ADMINISTRATE in held else None
    await interaction.edit_original_response(embed=embed, view=view)


async def show_role(interaction: discord.Interaction, services: Services, role_id: int) -> None:
    """Ask in the reply what a role of this guild may do.

    Raises:
        UserError: the guild has no such role.
    """
    guild_id, role = guild_of(interaction), _role(interaction, role_id)
    rights = (await services.rights.granted(guild_id)).get(role.id, frozenset())
    await interaction.edit_original_response(
        embed=role_embed(role.id, rights, guild_id=guild_id), view=_editor(role.id, rights)
    )


async def _change(
    interaction: discord.Interaction,
    services: Services,
    role_id: int,
    rights: frozenset[Right],
    *,
    is_confirmed: bool,
) -> None:
    guild_id, role = guild_of(interaction), _role(interaction, role_id)
    try:
        change = await services.rights.change(
            guild_id,
            role.id,
            rights,
            by=person_of(interaction),
            role_name=audit_name(role),
            is_confirmed=is_confirmed,
        )
    except Unconfirmed:
        await interaction.edit_original_response(
            embed=warning_embed(rights), view=_confirmation(rights)
        )
        return
    await show(interaction, services)
    await interaction.followup.send(
        changed_sentence(change, role, guild_id=guild_id), ephemeral=True
    )


def _start() -> ui.View:
    view = ui.View(timeout=None)
    menu: ui.RoleSelect[ui.View] = ui.RoleSelect(
        custom_id=PICK_ROLE, placeholder="Change what a role may do…", required=True
    )
    view.add_item(RoleMenu(menu))
    view.add_item(_button("Everybody in this server…", step_id(Step.EVERYBODY)))
    return view


def _editor(role_id: int, rights: frozenset[Right]) -> ui.View:
    view = ui.View(timeout=None)
    menu: ui.Select[ui.View] = ui.Select(
        custom_id=rights_menu_id(role_id),
        placeholder="Nothing",
        min_values=0,
        max_values=len(Right),
        required=False,
        options=[option_of(right, is_default=right in rights) for right in NAMES],
    )
    view.add_item(RightsMenu(menu))
    view.add_item(_button("Back", step_id(Step.BACK)))
    if rights:
        nothing = step_id(Step.NOTHING, role_id=role_id)
        view.add_item(_button("Take every right away", nothing, is_danger=True))
    return view


def _confirmation(rights: frozenset[Right]) -> ui.View:
    view = ui.View(timeout=None)
    confirm = step_id(Step.CONFIRM, rights=rights)
    view.add_item(_button("Yes, everybody", confirm, is_danger=True))
    view.add_item(_button("Back", step_id(Step.BACK)))
    return view


def _button(label: str, custom_id: str, *, is_danger: bool = False) -> StepButton:
    style = discord.ButtonStyle.danger if is_danger else discord.ButtonStyle.secondary
    return StepButton(ui.Button(label=label, style=style, custom_id=custom_id))


def _picked(roles: Sequence[discord.Role]) -> int:
    if len(roles) != 1:
        raise UserError("Pick one role.")
    return roles[0].id


def _roles(interaction: discord.Interaction) -> Roles:
    guild = interaction.guild
    return {} if guild is None else {role.id: role for role in guild.roles}


def _role(interaction: discord.Interaction, role_id: int) -> discord.Role:
    role = _roles(interaction).get(role_id)
    if role is None:
        raise UserError("This server has no such role (any more). Use `/patreon permissions`.")
    return role
