"""What `/patreon permissions` says."""

from collections.abc import Collection, Iterable, Mapping

import discord

from cogs.text import counted, cut, plain
from core.permissions import NAMES, RightsChange, listed
from core.rights import Granted, Right

_BLUE, _YELLOW = 0x5865F2, 0xFAA61A
_MOST_ROLES = 20
_LONGEST_NAME = 100

Roles = Mapping[int, discord.Role]
"""A guild's roles by their ids, @everyone among them."""

MEANINGS = {
    Right.SEE_MEMBERS: "look at members, webhooks, images and the status; sync",
    Right.COMPOSE: "write and edit posts",
    Right.APPROVE: "let a post go out that needs a second person",
    Right.ADMINISTRATE: "settings, connecting Patreon, permissions and the audit; answer for "
    "members who vanished; replay and discard webhooks",
    Right.SEE_AMOUNTS: "see how much somebody pays",
}


def permissions_embed(
    granted: Granted,
    roles: Roles,
    *,
    guild_id: int,
    moderator_role_ids: Collection[int],
    held: frozenset[Right],
) -> discord.Embed:
    """Explain who may do what, right by right, and who sees the commands at all.

    Roles that are not in `roles` no longer exist and are left out.
    """
    known = {role_id: rights for role_id, rights in granted.items() if role_id in roles}
    moderators = [role_id for role_id in moderator_role_ids if role_id in roles]
    embed = discord.Embed(
        title="Who may do what",
        description=(
            "Whoever may **Manage Server** may do everything below, and so may the owner and "
            f"administrators.\nYou may: {listed(held)}."
        ),
        colour=_BLUE,
    )
    for right, name in NAMES.items():
        who = ["Manage Server"]
        named = [role_id for role_id, rights in known.items() if right in rights]
        if right is Right.SEE_MEMBERS:
            who.append("Manage Messages")
            named = [*moderators, *(role_id for role_id in named if role_id not in moderators)]
        who += _mentions(named, guild_id)
        embed.add_field(
            name=_capital(name), value=f"{MEANINGS[right]}\n→ {' · '.join(who)}", inline=False
        )
    embed.add_field(
        name="Who sees the commands",
        value=_visibility({*known, *moderators}, roles, guild_id),
        inline=False,
    )
    return embed


def role_embed(role_id: int, rights: frozenset[Right], *, guild_id: int) -> discord.Embed:
    """Ask what a role may do."""
    lines = [
        f"{mention(role_id, guild_id)} may now: **{listed(rights) or 'nothing'}**.",
        "",
        "Pick in the menu everything that it may do; what is not picked is taken away.",
        "",
        *(f"**{_capital(name)}**: {MEANINGS[right]}" for right, name in NAMES.items()),
    ]
    return discord.Embed(title="Rights of a role", description="\n".join(lines), colour=_BLUE)


def warning_embed(rights: frozenset[Right]) -> discord.Embed:
    """Warn before everybody gets rights."""
    return discord.Embed(
        title="⚠️ Everybody in this server?",
        description=(
            f"Then everybody in this server may: **{listed(rights)}**. That includes everyone "
            "who joins later. Usually you give rights to a role of your team instead."
        ),
        colour=_YELLOW,
    )


def changed_sentence(change: RightsChange, role: discord.Role, *, guild_id: int) -> str:
    """Say what was changed, and what is left to do."""
    who = mention(role.id, guild_id)
    if not change.given and not change.taken:
        return f"{who} keeps the rights it had: nothing was changed."
    parts = []
    if change.given:
        parts.append(f"may {listed(change.given)} from now on")
    if change.taken:
        parts.append(f"no longer has: {listed(change.taken)}")
    hint = ""
    if change.given and not _sees_commands(role):
        hint = (
            " Does it see `/patreon`? If not, allow the role in Server Settings → Integrations → "
            "this bot."
        )
    return f"{who} {' and '.join(parts)}.{hint}"


def mention(role_id: int, guild_id: int) -> str:
    """Name a role as a link; in an embed or a private answer that pings nobody."""
    return "Everybody in this server" if role_id == guild_id else f"<@&{role_id}>"


def option_of(right: Right, *, is_default: bool) -> discord.SelectOption:
    """Offer a right in a menu."""
    return discord.SelectOption(
        label=_capital(NAMES[right]),
        value=right.value,
        description=MEANINGS[right][:100],
        default=is_default,
    )


def audit_name(role: discord.Role) -> str:
    """Name a role for the audit; its name may be anything."""
    return cut(plain(role.name), _LONGEST_NAME) or "without a name"


def _visibility(role_ids: Iterable[int], roles: Roles, guild_id: int) -> str:
    text = (
        "Discord decides that, and no bot can change it. As it comes, only people with Manage "
        "Messages see `/patreon`. Somebody with Manage Server and Manage Roles changes it in "
        "Server Settings → Integrations → this bot. "
    )
    hidden = [role_id for role_id in role_ids if not _sees_commands(roles[role_id])]
    if not hidden:
        return text + "No role needs to be allowed there now."
    return text + f"Allow there: {' · '.join(_mentions(sorted(hidden), guild_id))}."


def _sees_commands(role: discord.Role) -> bool:
    may = role.permissions
    return may.manage_messages or may.administrator


def _mentions(role_ids: Collection[int], guild_id: int) -> list[str]:
    shown = [mention(role_id, guild_id) for role_id in list(role_ids)[:_MOST_ROLES]]
    left = len(role_ids) - len(shown)
    return [*shown, f"… and {counted(left, 'more role')}"] if left else shown


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
