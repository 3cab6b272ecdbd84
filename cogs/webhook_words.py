"""What `/patreon webhooks` says: never a word of a webhook's body, which is personal data."""

import discord

from cogs.embeds import LONGEST_DESCRIPTION, ago
from cogs.text import counted, cut, escape, fit_lines, plain
from core.letter_box import Letter, LetterPage, LetterState

STATE_WORDS = {
    LetterState.PARKED: ("🟠", "set aside"),
    LetterState.WAITING: ("⏳", "waiting"),
    LetterState.DONE: ("✅", "done"),
    LetterState.DISCARDED: ("🗑️", "discarded"),
}
LONGEST_OPTION = 100
"""Source: docs.discord.com, "Component Reference"."""

_LONGEST_TRIGGER = 60
_LONGEST_REASON = 240
_LONGEST_NAME = 60
_EMPTY = {
    LetterState.PARKED: "No webhook is set aside: every one could be dealt with.",
    LetterState.WAITING: "No webhook waits.",
    LetterState.DONE: "No webhook has been dealt with yet.",
    LetterState.DISCARDED: "No webhook was discarded.",
    None: "No webhook has come yet.",
}


def webhooks_embed(page: LetterPage) -> discord.Embed:
    """Show a page of webhooks, each with its state, age, attempts and what became of it."""
    state = page.query.state
    what = "all" if state is None else STATE_WORDS[state][1]
    embed = discord.Embed(title=f"Webhooks: {what}", colour=0x5865F2)
    if not page.letters:
        embed.description = _EMPTY[state]
        return embed
    embed.description = fit_lines([_entry(letter) for letter in page.letters], LONGEST_DESCRIPTION)
    first = page.query.offset + 1
    last = page.query.offset + len(page.letters)
    more = ", there are older ones" if page.has_more else ""
    embed.set_footer(text=f"{first:,} to {last:,}, newest first{more}")
    return embed


def option_label(letter: Letter) -> str:
    """Name a webhook in a menu."""
    return cut(f"#{letter.id} {plain(letter.trigger)}", LONGEST_OPTION)


def option_description(letter: Letter) -> str | None:
    """Say in a menu what became of a webhook."""
    return cut(plain(letter.reason or ""), LONGEST_OPTION) or None


def done_sentence(letter: Letter) -> str:
    """Say what was done with a webhook."""
    if letter.state is LetterState.DISCARDED:
        return f"Webhook #{letter.id} is discarded. It can be replayed while its content is kept."
    return f"Webhook #{letter.id} is processed again now."


def _entry(letter: Letter) -> str:
    sign, word = STATE_WORDS[letter.state]
    trigger = escape(letter.trigger, _LONGEST_TRIGGER) or "without a trigger"
    facts = [f"{sign} **#{letter.id}** {trigger}", word, f"came {ago(letter.received_at)}"]
    if letter.attempts > 0:
        facts.append(counted(letter.attempts, "attempt"))
    if letter.discarded_by is not None and letter.since is not None:
        by = escape(letter.discarded_by, _LONGEST_NAME)
        facts.append(f"by {by} {ago(letter.since)}")
    if not letter.has_body:
        facts.append("content deleted")
    reason = escape(letter.reason or "", _LONGEST_REASON)
    return " · ".join(facts) + (f"\n> {reason}" if reason else "")
