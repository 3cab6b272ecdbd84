"""The buttons of `/patron`, now and after a restart: each acts for who presses it, alone."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from cogs.base import Desk
from cogs.lasting import LastingItem
from cogs.patron_ids import TEMPLATE, Act, Offer, decode
from cogs.patron_me import leaves, me_embed
from cogs.patron_words import (
    forgotten_embed,
    hidden_sentence,
    kept_embed,
    privacy_embed,
    question_embed,
    unknown_sentence,
)
from cogs.portraits import picture_of, portraits_of, with_thumbnail
from core.errors import UserError
from core.patrons import About
from core.portraits import portrait_of
from core.privacy import Privacy
from core.services import Services

_MOST_PAGES = 999_999
_Look = tuple[str, discord.ButtonStyle]


class PatronButton(LastingItem[ui.Button[ui.View]], template=TEMPLATE):
    """A button that only the person can use to whom it was offered, and about themselves."""

    right = None

    async def act(self, interaction: discord.Interaction[Any], desk: Desk, guild_id: int) -> None:
        """Turn a page, forget, or hide and show what the person names."""
        offer = decode(self.custom_id, pressed_by=interaction.user.id)
        await interaction.response.defer()
        match offer.act:
            case Act.PAGE:
                await show_me(interaction, desk.services, guild_id, offer.page)
            case Act.FORGET:
                done = await desk.services.patrons.forget(guild_id, interaction.user.id)
                await interaction.edit_original_response(embed=forgotten_embed(done), view=None)
            case Act.KEEP:
                await interaction.edit_original_response(embed=kept_embed(), view=None)
            case _:
                await _hide(interaction, desk, guild_id, offer.act)


async def about_presser(
    interaction: discord.Interaction[Any], services: Services, guild_id: int
) -> About:
    """Give what is known about the person who acts, in the campaigns that the guild follows.

    Raises:
        UserError: nobody is known to be them; the sentence says what to do.
    """
    about = await services.patrons.about(guild_id, interaction.user.id)
    if about is None or not about.memberships:
        can_link = services.consent.addresses is not None
        raise UserError(unknown_sentence(can_link=can_link))
    return about


async def show_me(
    interaction: discord.Interaction[Any], services: Services, guild_id: int, page: int = 0
) -> None:
    """Put a page of what is known about the person and its buttons into the reply.

    Raises:
        UserError: nobody is known to be them; the sentence says what to do.
    """
    about = await about_presser(interaction, services, guild_id)
    last = min(len(leaves(about)) - 1, _MOST_PAGES)
    page = min(page, last)
    offers = [
        ("Back", discord.ButtonStyle.secondary, page - 1),
        ("Next", discord.ButtonStyle.secondary, page + 1),
    ]
    buttons = [
        ((label, style), Offer(act=Act.PAGE, user_id=interaction.user.id, page=target))
        for label, style, target in offers
        if 0 <= target <= last
    ]
    member = leaves(about)[page].membership.member
    picture = await picture_of(
        portraits_of(services.gallery, campaign_id=member.campaign_id), portrait_of(member)
    )
    await interaction.edit_original_response(
        embed=with_thumbnail(me_embed(about, page), picture.name if picture else None),
        attachments=[picture.file()] if picture else [],
        view=_view(buttons),
    )


async def show_question(interaction: discord.Interaction[Any], about: About) -> None:
    """Ask in the reply whether the person is to be forgotten."""
    user_id = interaction.user.id
    buttons = [
        (("Forget me", discord.ButtonStyle.danger), Offer(act=Act.FORGET, user_id=user_id)),
        (("Keep it", discord.ButtonStyle.secondary), Offer(act=Act.KEEP, user_id=user_id)),
    ]
    await interaction.edit_original_response(embed=question_embed(about), view=_view(buttons))


async def show_privacy(
    interaction: discord.Interaction[Any], privacy: Privacy, said: str = ""
) -> None:
    """Put what the person hides and the buttons that change it into the reply."""
    user_id = interaction.user.id
    name = Act.SHOW_NAME if privacy.hides_name else Act.HIDE_NAME
    tier = Act.SHOW_TIER if privacy.hides_tier else Act.HIDE_TIER
    buttons = [(_TOGGLES[act], Offer(act=act, user_id=user_id)) for act in (name, tier)]
    await interaction.edit_original_response(
        content=said or None, embed=privacy_embed(privacy), view=_view(buttons)
    )


async def _hide(interaction: discord.Interaction[Any], desk: Desk, guild_id: int, act: Act) -> None:
    is_hidden = act in (Act.HIDE_NAME, Act.HIDE_TIER)
    is_name = act in (Act.HIDE_NAME, Act.SHOW_NAME)
    privacy = await desk.services.patrons.hide(
        guild_id,
        interaction.user.id,
        name=is_hidden if is_name else None,
        tier=None if is_name else is_hidden,
    )
    said = hidden_sentence("name" if is_name else "tier", is_hidden=is_hidden)
    await show_privacy(interaction, privacy, said)


_TOGGLES: dict[Act, _Look] = {
    Act.HIDE_NAME: ("Hide my name", discord.ButtonStyle.primary),
    Act.SHOW_NAME: ("Show my name", discord.ButtonStyle.secondary),
    Act.HIDE_TIER: ("Hide my tier", discord.ButtonStyle.primary),
    Act.SHOW_TIER: ("Show my tier", discord.ButtonStyle.secondary),
}


def _view(buttons: Sequence[tuple[_Look, Offer]]) -> ui.View | None:
    if not buttons:
        return None
    view = ui.View(timeout=None)
    for (label, style), offer in buttons:
        button: ui.Button[ui.View] = ui.Button(label=label, style=style, custom_id=offer.encode())
        view.add_item(PatronButton(button))
    return view
