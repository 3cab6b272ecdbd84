"""What an announcement says unless a guild wrote words of its own."""

from dataclasses import dataclass

from core.cards import Tone
from core.changes import Change, Entry, Kind
from core.words import Words


@dataclass(frozen=True, slots=True)
class _BuiltIn:
    tone: Tone
    title: str
    text: str
    text_without_tier: str = ""


def tone_of(kind: Kind) -> Tone:
    """Tell the mood of a kind of change."""
    return _WORDS[kind].tone


def built_in(change: Change, *, has_tier: bool) -> Words:
    """Pick the words for a change; they name `{name}`, `{tier}` and `{campaign}` at most."""
    words = _WORDS[change.kind]
    text = words.text if has_tier or "{tier}" not in words.text else words.text_without_tier
    if change.entry is not None:
        text = _ENTRIES[change.kind][change.entry]
        if not has_tier:
            text = text.replace(" at {tier}", "").replace(" to {tier}", "")
    return Words(title=words.title, text=text)


def default_words(kind: Kind) -> Words:
    """Give the built-in words of a kind as somebody would write them, to start from."""
    return Words(title=_WORDS[kind].title, text=_DEFAULTS.get(kind, _WORDS[kind].text))


_DEFAULTS = {
    Kind.JOINED: "A new {membership} of {campaign} at {tier}.",
    Kind.RETURNED: "Back as a {membership} of {campaign} at {tier}.",
}

_WORDS = {
    Kind.JOINED: _BuiltIn(Tone.WELCOME, "{name} joined", ""),
    Kind.RETURNED: _BuiltIn(Tone.WELCOME, "{name} is back", ""),
    Kind.UPGRADED: _BuiltIn(Tone.GOOD, "{name} upgraded", "Now at {tier}."),
    Kind.DOWNGRADED: _BuiltIn(Tone.NEUTRAL, "{name} changed tier", "Now at {tier}."),
    Kind.TIERS_ADDED: _BuiltIn(Tone.GOOD, "{name} added a tier", "Now at {tier}."),
    Kind.TIERS_REMOVED: _BuiltIn(Tone.NEUTRAL, "{name} left a tier", "Now at {tier}."),
    Kind.DECLINED: _BuiltIn(
        Tone.WARNING,
        "{name}'s payment was declined",
        "Patreon tries again over the next days; most declines are mended within a week.",
    ),
    Kind.RECOVERED: _BuiltIn(
        Tone.GOOD, "{name}'s payment went through", "Back at {tier}.", "All is well again."
    ),
    Kind.CANCELLED: _BuiltIn(
        Tone.FAREWELL,
        "{name} cancelled",
        "Keeps {tier} until the paid period ends.",
        "Keeps access until the paid period ends.",
    ),
    Kind.ENDED: _BuiltIn(
        Tone.FAREWELL,
        "{name}'s membership ended",
        "Stays on at {tier}.",
        "Thank you for the time together.",
    ),
    Kind.DELETED: _BuiltIn(Tone.FAREWELL, "{name} left", "No longer a member of {campaign}."),
}

_ENTRIES = {
    Kind.JOINED: {
        Entry.FREE: "A new free member of {campaign}.",
        Entry.PAID: "A new patron of {campaign} at {tier}.",
        Entry.GIFT: "Received a gift membership of {campaign} at {tier}.",
        Entry.TRIAL: "Started a free trial of {campaign} at {tier}.",
    },
    Kind.RETURNED: {
        Entry.FREE: "Back as a free member of {campaign}.",
        Entry.PAID: "Back as a patron of {campaign} at {tier}.",
        Entry.GIFT: "Back at {campaign} with a gift membership at {tier}.",
        Entry.TRIAL: "Back at {campaign} with a free trial at {tier}.",
    },
}
