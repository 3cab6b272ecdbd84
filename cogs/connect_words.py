"""What `/patreon connect` and `/patreon disconnect` say."""

from collections.abc import Sequence
from datetime import datetime

import discord

from cogs.text import escape, fit_lines
from core.consents import LOSSES, Ending, Outcome, Purpose
from core.disconnect import Account, Disconnected

_GOOD, _CALM, _BAD = 0x3BA55D, 0x5865F2, 0xED4245
_LONGEST_LIST = 1_000
_LONGEST_REASON = 500
_AGAIN = {
    Purpose.CONNECT: "Use `/patreon connect` to try again.",
    Purpose.PATRON: "Use `/patron link` to try again.",
}


def invitation_embed(expires_at: datetime, *, server_name: str) -> discord.Embed:
    """Say what connecting an account means, before anybody leaves for the browser."""
    until = discord.utils.format_dt(expires_at, "R")
    where = escape(server_name, 100) or "this server"
    return discord.Embed(
        title="Connect a Patreon account",
        description=(
            "The button opens your browser. Log in at Patreon with the **creator's** account and "
            "allow what is asked for:\n"
            "• who the account belongs to\n"
            "• its campaigns and tiers\n"
            "• its members, without their mail addresses\n"
            "• its posts\n"
            "• to be told of changes at once (a webhook)\n\n"
            f"{where} may then follow its campaigns. The link is yours alone and ends {until}; "
            "this message says when it is done."
        ),
        colour=_CALM,
    )


def ending_embed(ending: Ending | None, purpose: Purpose) -> discord.Embed:
    """Say what came of a consent; None: its time is over."""
    again = _AGAIN[purpose]
    if ending is None:
        return _embed("The link has expired", f"Nothing was connected. {again}", _BAD)
    if ending.outcome is Outcome.DENIED:
        return _embed(
            "Nothing was connected", f"It was not allowed at Patreon, so all is as before. {again}",
            _BAD,
        )  # fmt: skip
    if ending.outcome is Outcome.FAILED:
        reason = escape(ending.reason, _LONGEST_REASON)
        return _embed("It did not work", f"{reason} Nothing has changed. {again}", _BAD)
    done = "Linked" if purpose is Purpose.PATRON else "Connected"
    title = f"✅ {done} as {escape(ending.name, 100)}"
    return _embed(title, "\n".join(_done_lines(ending)), _GOOD)


def _done_lines(ending: Ending) -> list[str]:
    again = _AGAIN[ending.purpose]
    lines = []
    if ending.campaigns:
        lines.append(f"Campaigns: {_listed(ending.campaigns)}")
    elif ending.purpose is Purpose.CONNECT and not ending.reason:
        lines.append("⚠️ This account has no campaign. Connect the one that owns it.")
    elif ending.purpose is Purpose.PATRON and not ending.reason:
        lines.append(
            "The bot knows no membership of this account yet. It will know you as soon as it "
            "reads one from Patreon."
        )
    if ending.reason:
        lines.append(f"⚠️ {escape(ending.reason, _LONGEST_REASON)}")
    if ending.lacking:
        lines.append(f"⚠️ Patreon did not grant everything. {again}")
        lines += [f"• `{scope}`: {LOSSES[scope]}" for scope in ending.lacking]
    if ending.purpose is Purpose.CONNECT:
        lines.append("Next: `/patreon setup` chooses what is shown where.")
    else:
        lines.append(
            "Next: `/patron me` shows what the bot knows about you, and `/patron privacy` hides "
            "your name or tier in announcements."
        )
    return lines


def choice_embed() -> discord.Embed:
    """Ask which of several accounts is meant."""
    return _embed("Which account should be disconnected?", "Nothing happens before you confirm.",
                  _CALM)  # fmt: skip


def question_embed(account: Account) -> discord.Embed:
    """Say what disconnecting an account deletes and what it keeps."""
    embed = _embed(f"Disconnect {escape(account.name, 100)}?", "", _BAD)
    deleted = []
    if account.followed:
        names = _listed(account.followed)
        deleted.append(f"• this server stops following {names}: announcements stop")
    if account.is_shared:
        deleted.append("• this server's access to the account")
        kept = ["• the account, because it is used elsewhere too"]
        if account.followed:
            deleted.append("• at Patreon, the webhook of a campaign that nobody follows any more")
    else:
        deleted.append("• the tokens: the bot can read nothing from Patreon any more")
        deleted.append("• the webhook, here and at Patreon")
        kept = []
    kept.append("• members, posts and their history, as last read")
    kept.append("• the messages that were posted")
    embed.add_field(name="Deleted", value="\n".join(deleted), inline=False)
    embed.add_field(name="Kept", value="\n".join(kept), inline=False)
    embed.set_footer(text="/patreon connect brings it back at any time.")
    return embed


def done_embed(done: Disconnected) -> discord.Embed:
    """Say what was disconnected."""
    account = done.account
    lines = ["`/patreon connect` brings it back."]
    if account.is_shared:
        lines.insert(0, "Only this server has lost it.")
    else:
        lines.insert(0, "Its tokens are deleted; what was read and posted is kept.")
    if done.hooks_left:
        reason = escape(done.hooks_left, _LONGEST_REASON)
        lines.append(
            f"⚠️ The webhook could not be removed at Patreon: {reason} The bot refuses what it "
            "sends. Remove it at https://www.patreon.com/portal if you like; the rest of this "
            "bot's access ends in Patreon's settings, under Connected Apps."
        )
    return _embed(f"Disconnected {escape(account.name, 100)}", "\n".join(lines), _GOOD)


def kept_embed() -> discord.Embed:
    """Say that nothing was done."""
    return _embed("Nothing was disconnected", "All is as before.", _CALM)


def no_accounts_embed() -> discord.Embed:
    """Say that there is nothing to disconnect."""
    return _embed(
        "No Patreon account is connected", "Use `/patreon connect` to connect one.", _CALM
    )


def _listed(names: Sequence[str]) -> str:
    return fit_lines([", ".join(f"**{escape(name, 80)}**" for name in names)], _LONGEST_LIST)


def _embed(title: str, text: str, colour: int) -> discord.Embed:
    return discord.Embed(title=title, description=text or None, colour=colour)
