"""Cards as embeds and buttons."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

import discord
from discord import ui

from cogs.text import cut, escape, escape_lines, plain, units
from core.cards import Action, ActionStyle, Card, Fact, Tone

LONGEST_TITLE = 256
LONGEST_DESCRIPTION = 4096
LONGEST_NAME = 256
LONGEST_VALUE = 1024
MOST_FIELDS = 25
LONGEST_EMBED = 6000
"""Characters over all texts of a message's embeds. Source: docs.discord.com, "Embed Limits"."""

MOST_ROWS = 5
LONGEST_LABEL = 80
"""Source: docs.discord.com, "Component Reference"."""

_HOME = "https://www.patreon.com/"
_LONGEST_URL = 2000
_MARK = "a-"

_COLOURS = {
    Tone.WELCOME: 0x3BA55D,
    Tone.GOOD: 0x5865F2,
    Tone.NEUTRAL: 0x99AAB5,
    Tone.WARNING: 0xFAA61A,
    Tone.FAREWELL: 0x747F8D,
}
_STYLES = {
    ActionStyle.NEUTRAL: discord.ButtonStyle.secondary,
    ActionStyle.DANGER: discord.ButtonStyle.danger,
}


def embed_of(card: Card) -> discord.Embed:
    """Show a card. Every text is escaped and within Discord's limits, whatever it says."""
    embed = discord.Embed(
        title=escape(card.title, LONGEST_TITLE) or "News",
        description=escape_lines(card.text, LONGEST_DESCRIPTION) or None,
        url=marked_url(card.url, card.marker),
        colour=_COLOURS[card.tone],
        timestamp=card.at,
    )
    used = units(embed.title or "") + units(embed.description or "")
    for fact in card.facts[:MOST_FIELDS]:
        name = escape(fact.name, LONGEST_NAME) or "…"
        value = _value(fact)
        used += units(name) + units(value)
        if used > LONGEST_EMBED:
            break
        embed.add_field(name=name, value=value, inline=True)
    return embed


def view_of(*rows: Sequence[Action]) -> ui.View | None:
    """Show buttons row by row, at most `MOST_ROWS`; None when there are none.

    What a press does belongs to the dynamic item that knows its custom id.
    """
    view = ui.View(timeout=None)
    for number, row in enumerate([row for row in rows if row][:MOST_ROWS]):
        for action in row:
            button: ui.Button[ui.View] = ui.Button(
                label=cut(plain(action.label), LONGEST_LABEL),
                style=_STYLES[action.style],
                custom_id=action.custom_id,
                row=number,
            )
            view.add_item(button)
    # A finished view is sent and forgotten; discord.py would answer for one that it keeps.
    view.stop()
    return view if view.children else None


def marked_url(url: str | None, marker: str) -> str:
    """Put a card's marker where readers do not see it: behind the `#` of the title's link."""
    return urlunsplit(urlsplit(_usable(url))._replace(fragment=_MARK + marker))


def has_marker(embed: discord.Embed, marker: str) -> bool:
    """Tell whether an embed was made of the card with this marker."""
    return bool(embed.url) and urlsplit(str(embed.url)).fragment == _MARK + marker


def day(moment: datetime) -> str:
    """Write a date that every reader sees in their own language and time zone."""
    return f"<t:{int(moment.timestamp())}:D>"


def ago(moment: datetime) -> str:
    """Write how far away a moment is, such as "2 hours ago"; it counts on by itself."""
    return f"<t:{int(moment.timestamp())}:R>"


def masked_link(text: str, url: str | None, longest: int = _LONGEST_URL) -> str:
    """Link escaped `text` to `url`; without an address that Discord takes, it stays text."""
    usable = _usable(url)
    if usable == _HOME or len(usable) > longest:
        return text
    # A bracket would end the address.
    return f"[{text}]({usable.replace('(', '%28').replace(')', '%29')})"


def usable_url(url: str | None) -> str | None:
    """Give `url` when Discord will take it, else None."""
    if url is None or len(url) > _LONGEST_URL:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    return url if is_web and url.isascii() and not set(url) & set(' <>"\\^`{|}') else None


def _value(fact: Fact) -> str:
    if fact.moment is not None:
        return f"{day(fact.moment)} ({ago(fact.moment)})"
    return escape_lines(fact.text or "", LONGEST_VALUE) or "—"


def _usable(url: str | None) -> str:
    """Give `url` when Discord will take it, else Patreon's front page."""
    return usable_url(url) or _HOME
