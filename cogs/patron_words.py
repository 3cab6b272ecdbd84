"""What `/patron` says of forgetting, hiding, exporting and linking."""

from datetime import datetime

import discord

from cogs.text import counted, escape
from core.patrons import About, Forgotten
from core.privacy import Privacy
from core.word_values import SOMEONE

GOOD, CALM, BAD = 0x3BA55D, 0x5865F2, 0xED4245


def unknown_sentence(*, can_link: bool) -> str:
    """Say that a Discord account is nobody's that the bot knows here, and what to do."""
    link = "use `/patron link` to show in your browser which Patreon account is yours, or "
    return (
        "The bot knows nobody here who is you: no member of the campaigns that this server "
        "follows is linked to your Discord account. If you are one, "
        f"{link if can_link else ''}connect Discord in your settings at Patreon (that works where "
        "the tier comes with a role in Discord). Whoever asked to be forgotten is not known either."
    )


def identified_line(about: About) -> str:
    """Say how the bot knows who somebody is."""
    if about.linked_at is None:
        return (
            "The bot knows that this is you because Patreon told it: you connected Discord in "
            "your settings there."
        )
    when = discord.utils.format_dt(about.linked_at, "D")
    return f"The bot knows that this is you because you proved it on {when}: you signed in."


def hidden_line(privacy: Privacy) -> str:
    """Say what somebody hides, and how to change it."""
    hidden = [word for word, is_hidden in _wishes(privacy) if is_hidden]
    what = f"You hide your {' and your '.join(hidden)}" if hidden else "You hide nothing"
    return f"{what} (`/patron privacy` changes it)."


def export_sentence(file_name: str) -> str:
    """Say what is in the file beside it."""
    return (
        f"`{file_name}` holds everything that this bot stores about you in the campaigns that "
        "this server follows: your memberships with tiers, amounts and dates, their history, the "
        "announcements about you, what you hide, and what you did with the bot here. Only you see "
        "this message, and Discord forgets it when you restart, so save the file. `/patron forget` "
        "deletes what can be deleted."
    )


def privacy_embed(privacy: Privacy) -> discord.Embed:
    """Show what announcements may say about somebody."""
    name = f"hidden: announcements say “{SOMEONE}”" if privacy.hides_name else "shown"
    tier = "hidden: no tier and no amount is named" if privacy.hides_tier else "shown"
    embed = discord.Embed(
        title="What may announcements say about you?",
        description=f"Your name is **{name}**.\nYour tier is **{tier}**.",
        colour=CALM,
    )
    embed.set_footer(text="It counts in every server of this bot, at once, and only you see this.")
    return embed


def hidden_sentence(what: str, *, is_hidden: bool) -> str:
    """Say what has just changed; `what` is "name" or "tier"."""
    if is_hidden:
        return (
            f"✅ Your {what} is hidden from now on; announcements of the last 30 days are being "
            "rewritten, too."
        )
    return f"✅ New announcements name your {what} again; older ones stay as they are."


def question_embed(about: About) -> discord.Embed:
    """Say what forgetting deletes and what stays, before anything happens."""
    named = sum(membership.announcements for membership in about.memberships)
    deleted = [
        "• your name, your Discord account and that they belong together",
        "• since when you belong, what you have paid so far and when",
        "• what is kept of Patreon's messages about you",
        f"• your name in announcements ({named:,} about your memberships here): they will say "
        f"“{SOMEONE}”",
    ]
    kept = [
        "• that there is such a member, with status, tiers and their price and without a name: "
        "Patreon goes on sending it, and without it you would be announced as new",
        "• your number at Patreon and this wish, so that the bot can keep to it",
        "• your membership at Patreon and your roles in Discord: nothing changes there",
    ]
    embed = discord.Embed(
        title="Should the bot forget you?",
        description="It counts in every server of this bot. Nothing happens before you confirm; "
        "then it cannot be undone.",
        colour=BAD,
    )
    embed.add_field(name="Deleted", value="\n".join(deleted), inline=False)
    embed.add_field(name="Kept", value="\n".join(kept), inline=False)
    embed.set_footer(text="/patron export saves everything first. /patron link ends it.")
    return embed


def forgotten_embed(done: Forgotten) -> discord.Embed:
    """Say what was forgotten."""
    memberships = counted(done.memberships, "membership")
    lines = [f"Nothing that is stored of {memberships} tells any more that it is you."]
    if done.was_already:
        lines.insert(0, "You were forgotten before; whatever had come since is deleted now.")
    if done.announcements:
        lines.append(
            f"{counted(done.announcements, 'announcement')} about you will say “{SOMEONE}” in a "
            "moment."
        )
    lines += [
        "From now on the bot neither stores nor names you, whatever Patreon sends.",
        "`/patron link` ends it, whenever you like: then the bot knows you again.",
    ]
    return discord.Embed(title="The bot has forgotten you", description="\n".join(lines),
                         colour=GOOD)  # fmt: skip


def kept_embed() -> discord.Embed:
    """Say that nobody was forgotten."""
    return discord.Embed(
        title="Nothing was deleted",
        description="All is as before. `/patron privacy` hides your name or tier instead.",
        colour=CALM,
    )


def invitation_embed(expires_at: datetime, *, bot_name: str) -> discord.Embed:
    """Say what linking means, before anybody leaves for the browser."""
    until = discord.utils.format_dt(expires_at, "R")
    name = escape(bot_name, 100) or "the bot"
    return discord.Embed(
        title="Show which Patreon account is yours",
        description=(
            f"The button opens your browser. Log in at Patreon with **your own** account and allow "
            f"what {name} asks for:\n"
            "• who the account belongs to\n"
            "• which memberships it has\n\n"
            "Patreon is asked once, and the access is thrown away. From then on the bot knows "
            "that this Discord account is you, in place of what Patreon says, and whoever asked "
            "to be forgotten is known again. The link is yours alone and ends "
            f"{until}; this message says when it is done."
        ),
        colour=CALM,
    )


def unlinked_sentence(*, was_linked: bool) -> str:
    """Say whether there was a link to take away."""
    if not was_linked:
        return (
            "You have no link that `/patron unlink` could take away. What Patreon itself tells of "
            "your Discord account ends in your settings at Patreon, under Connected Apps."
        )
    return (
        "✅ Your link is gone: the bot no longer takes your word from the browser. It may still "
        "know you when Discord is connected in your settings at Patreon. What you hide stays "
        "hidden; `/patron link` links you again, `/patron forget` would delete more."
    )


def _wishes(privacy: Privacy) -> tuple[tuple[str, bool], ...]:
    return ("name", privacy.hides_name), ("tier", privacy.hides_tier)
