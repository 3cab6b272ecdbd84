"""What `/patreon words show` says."""

from collections.abc import Iterator

import discord

from cogs.embeds import LONGEST_DESCRIPTION, LONGEST_VALUE
from cogs.text import cut, escape, fit_lines
from cogs.words_draft import KIND_NAMES
from core.built_in_words import default_words
from core.changes import Kind
from core.wording import WordsList
from core.words import VARIABLES, Variant, Words

_LONGEST_CAMPAIGN = 100
_LONGEST_TITLE = 90
_LONGEST_TEXT = 110
_COLOUR = 0x5865F2


def words_embed(listed: WordsList) -> discord.Embed:
    """Show the words of every kind, the guild's own and the built-in ones."""
    embed = discord.Embed(
        title=f"Words for {escape(listed.campaign_name, _LONGEST_CAMPAIGN)}", colour=_COLOUR
    )
    lines = [line for kind in Kind for line in _lines(kind, listed)]
    embed.description = fit_lines(lines, LONGEST_DESCRIPTION)
    variables = [f"`{{{name}}}` {meaning}" for name, meaning in VARIABLES.items()]
    embed.add_field(name="Variables", value=fit_lines(variables, LONGEST_VALUE), inline=False)
    embed.set_footer(text="Change words with /patreon words edit.")
    return embed


def _lines(kind: Kind, listed: WordsList) -> Iterator[str]:
    shown = [variant for variant in Variant if (kind, variant) not in listed.idle]
    for variant in Variant:
        own = listed.own.get((kind, variant))
        if variant in shown:
            whose = "your words" if own else "built-in"
            yield _entry(kind, f"{variant.value}, {whose}", own or default_words(kind))
        elif own:
            yield _entry(kind, f"{variant.value}, your words, not in use", own)
    if not shown:
        yield f"**{KIND_NAMES[kind]}**: not announced"


def _entry(kind: Kind, what: str, words: Words) -> str:
    title = escape(words.title, _LONGEST_TITLE)
    text = escape(words.text, _LONGEST_TEXT)
    return cut(f"**{KIND_NAMES[kind]}** ({what}): {title}{' — ' if text else ''}{text}", 300)
