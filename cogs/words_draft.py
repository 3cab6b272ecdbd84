"""Words that are being written: the message that shows them also keeps them.

The words stand in two code blocks of the message's text, so that they survive errors and
restarts; above them stands what is to be said, below them how they will look.
"""

import re

import discord
from discord import ui

from cogs.embeds import LONGEST_DESCRIPTION, embed_of
from cogs.text import cut, escape, units
from cogs.words_ids import Act, button_id
from core.changes import Kind
from core.wording import Preview
from core.words import Slot, Variant, Words

KIND_NAMES = {
    Kind.JOINED: "joined",
    Kind.RETURNED: "came back",
    Kind.UPGRADED: "upgraded",
    Kind.DOWNGRADED: "downgraded",
    Kind.TIERS_ADDED: "added a tier",
    Kind.TIERS_REMOVED: "left a tier",
    Kind.DECLINED: "payment declined",
    Kind.RECOVERED: "payment recovered",
    Kind.CANCELLED: "cancelled",
    Kind.ENDED: "membership ended",
    Kind.DELETED: "left",
}
"""Every kind of change as people pick it."""

LONGEST_CONTENT = 2_000
"""Source: docs.discord.com, "Create Message"."""

_LONGEST_SENTENCE = 250
_LONGEST_CAMPAIGN = 60
_WARNING = 0xFAA61A
_FENCE = "```"
_BREAK = "\N{ZERO WIDTH SPACE}"
_DRAFT = re.compile(
    r"\*\*Title\*\*\n```\n([^\n]*)\n```\n\*\*Text\*\*\n```\n(.*)\n```\s*\Z", re.DOTALL
)
_LABELS = {
    Act.SAVE: ("Save", discord.ButtonStyle.success),
    Act.EDIT: ("Edit again", discord.ButtonStyle.secondary),
    Act.RESET: ("Use the built-in words", discord.ButtonStyle.danger),
}


def trial_text(preview: Preview) -> str:
    """Say that words are only tried, with the words themselves."""
    return draft_text(
        f"Nothing is saved yet. This is how {_what(preview)} would look with a sample member.",
        preview.words,
    )


def saved_text(preview: Preview) -> str:
    """Say that words are in use from now on, with the words themselves."""
    return draft_text(
        f"Saved: {_what(preview)} look like this from now on. What was announced stays.",
        preview.words,
    )


def reset_text(preview: Preview) -> str:
    """Say that the built-in words are in use, with the words that one would start from."""
    return draft_text(f"The built-in words are in use for {_what(preview)}.", preview.words)


def draft_text(sentence: str, words: Words) -> str:
    """Write a sentence (up to 250 characters) and words so that `read_draft` finds them again."""
    head = f"{cut(sentence, _LONGEST_SENTENCE)}\n" if sentence else ""
    title = cut(_fenced(words.title), 300)
    beginning = f"{head}**Title**\n{_FENCE}\n{title}\n{_FENCE}\n**Text**\n{_FENCE}\n"
    room = LONGEST_CONTENT - units(beginning) - len(_FENCE) - 1
    return f"{beginning}{cut(_fenced(words.text), room)}\n{_FENCE}"


def read_draft(content: str) -> Words | None:
    """Read the words that a message keeps, None when it keeps none."""
    found = _DRAFT.search(content)
    if found is None:
        return None
    title, text = (part.replace(_BREAK, "") for part in found.groups())
    return Words(title=title, text=text)


def preview_embed(preview: Preview) -> discord.Embed:
    """Show a sample announcement exactly as the feed would."""
    return embed_of(preview.card)


def problem_embed(sentence: str) -> discord.Embed:
    """Say why words cannot be used; they are kept above."""
    embed = discord.Embed(title="These words cannot be used yet", colour=_WARNING)
    embed.description = cut(f"{sentence}\n\nYour words are kept above.", LONGEST_DESCRIPTION)
    return embed


def buttons(slot: Slot, *acts: Act) -> ui.View:
    """Offer what can be done with the words of a message."""
    view = ui.View(timeout=None)
    for act in acts:
        label, style = _LABELS[act]
        view.add_item(ui.Button(label=label, style=style, custom_id=button_id(act, slot)))
    # A finished view is sent and forgotten: presses belong to the dynamic item.
    view.stop()
    return view


def slot_name(slot: Slot) -> str:
    """Name what words are for, such as "payment declined (staff)"."""
    suffix = " (staff)" if slot.variant is Variant.STAFF else ""
    return f"{KIND_NAMES[slot.kind]}{suffix}"


def _what(preview: Preview) -> str:
    campaign = escape(preview.campaign_name, _LONGEST_CAMPAIGN)
    return f"announcements of “{slot_name(preview.slot)}” for {campaign}"


def _fenced(text: str) -> str:
    """Break up what would end a code block; words hold no such character of their own."""
    return re.sub("``(?=`)", f"``{_BREAK}", text)
