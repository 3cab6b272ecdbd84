"""Troubles of a campaign, or of the bot, that staff are told of: at the start and at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from core.cards import Card, Fact, Tone
from core.store import Work
from core.turns import take_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A kind of trouble and what is said of it; `{campaign}` stands for the campaign's name.

    `topic` is what it is remembered by, so it stays the same for good. `begins` and `ends` are
    titles; `advice` says what it means and what to do, `relief` what its end means.
    """

    topic: str
    begins: str
    advice: str
    ends: str
    relief: str


HOOK_PAUSED = Trouble(
    topic="hook.paused",
    begins="Patreon paused the webhook of {campaign}",
    advice="Patreon could not deliver for a while and keeps the news back. The bot ends the pause "
    "by itself as soon as it is ready, and nothing is lost. If this comes back, check that the "
    "address in `server.public_url` can be reached from outside.",
    ends="The webhook of {campaign} works again",
    relief="Patreon delivers again, what it kept back too.",
)
HOOK_VANISHED = Trouble(
    topic="hook.vanished",
    begins="The webhook of {campaign} vanished",
    advice="It was removed at Patreon. The bot registers a new one by itself; until then news "
    "arrive with the periodic sync.",
    ends="The webhook of {campaign} is registered again",
    relief="News arrive at once again.",
)
HOOK_REFUSED = Trouble(
    topic="hook.refused",
    begins="Patreon refuses the webhook of {campaign}",
    advice="News arrive with the periodic sync only. The tokens need the scope "
    "`w:campaigns.webhook`, and `server.public_url` must be an address that the world can reach. "
    "A webhook made by hand at https://www.patreon.com/portal works, too: put its secret into "
    "`patreon.webhook_secret`.",
    ends="The webhook of {campaign} is registered",
    relief="News arrive at once.",
)
TOKENS_BROKEN = Trouble(
    topic="tokens.broken",
    begins="Patreon refuses the tokens of {campaign}",
    advice="Nothing can be read from Patreon any more. Use `/patreon connect`. Where that is not "
    "set up, make new tokens in Patreon's developer portal, put them into the configuration and "
    "restart the bot. Webhooks are kept until then.",
    ends="The tokens of {campaign} work again",
    relief="The bot catches up with what happened meanwhile.",
)
TOKENS_BLOCKED = Trouble(
    topic="tokens.blocked",
    begins="Patreon turns the bot of {campaign} away",
    advice="Patreon's protection refuses this machine; the tokens are fine. It usually passes, and "
    "the bot tries by itself. If it lasts for hours, tell Patreon's support the ray id below.",
    ends="Patreon answers the bot of {campaign} again",
    relief="The bot catches up with what happened meanwhile.",
)
TOKENS_THROTTLED = Trouble(
    topic="tokens.throttled",
    begins="Patreon asks the bot of {campaign} to slow down",
    advice="The tokens are fine; the bot waits as long as Patreon asks and tries by itself. If it "
    "lasts, another program uses the same Patreon client: stop it, or lower "
    "`patreon.requests_per_minute` in the configuration.",
    ends="Patreon answers the bot of {campaign} at its usual pace again",
    relief="The bot catches up with what happened meanwhile.",
)
HOOK_TROUBLES = (HOOK_PAUSED, HOOK_VANISHED, HOOK_REFUSED)
TROUBLES = (
    *HOOK_TROUBLES,
    TOKENS_BROKEN,
    TOKENS_BLOCKED,
    TOKENS_THROTTLED,
)
"""Those of a campaign, in the order in which the status shows them."""

BACKUP_FAILED = Trouble(
    topic="backup.failed",
    begins="A scheduled backup of the bot failed",
    advice="Everything else goes on, and the bot tries again by itself. If it lasts, whoever runs "
    "the bot sees the reason with `python -m bot status` and in the log.",
    ends="Backups of the bot work again",
    relief="A new one was made and proven by restoring it.",
)
"""A trouble of the bot as a whole; why it is there is the operator's to know."""

THE_BOT = ""
"""Stands in for a campaign's id where a trouble is the bot's own."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """A trouble that lasts: since when, why, and which channels were told of it."""

    since: datetime
    reason: str = ""
    told: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTrouble:
    """A trouble that lasts, for the status."""

    trouble: Trouble
    since: datetime
    reason: str = ""


def turn(
    known: Lasting | None, channels: Sequence[int], *, is_on: bool, reason: str, now: datetime
) -> tuple[Lasting | None, tuple[int, ...]]:
    """Decide what is known from now on, and which of `channels` to tell.

    A start is told to every channel that does not know it yet, an end to those that do.
    """
    if not is_on:
        told = known.told if known is not None else ()
        return None, tuple(channel for channel in channels if channel in told)
    before = known or Lasting(now)
    news = tuple(channel for channel in channels if channel not in before.told)
    return Lasting(before.since, reason, before.told + news), news


def compose(
    trouble: Trouble, campaign: str, lasting: Lasting, *, is_on: bool, marker: str, at: datetime
) -> Card:
    """Word the start of a trouble, or its end."""
    facts = [Fact(name="Since", moment=lasting.since)]
    if is_on and lasting.reason:
        facts.append(Fact(name="Reason", text=lasting.reason))
    return Card(
        marker=marker,
        tone=Tone.WARNING if is_on else Tone.GOOD,
        title=(trouble.begins if is_on else trouble.ends).format(campaign=campaign),
        text=trouble.advice if is_on else trouble.relief,
        facts=tuple(facts),
        at=at,
    )


async def load(work: Work, campaign_id: str, trouble: Trouble) -> Lasting | None:
    """Recall a trouble of a campaign, None when it does not last."""
    text = await work.notes.get(_note(campaign_id, trouble))
    if not text:
        return None
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError:
        return None


async def lock(work: Work, campaign_id: str, trouble: Trouble) -> Lasting | None:
    """Do as `load`, so that nobody else changes it before this commit."""
    await take_turn(work, f"{_note(campaign_id, trouble)}:lock")
    return await load(work, campaign_id, trouble)


async def save(work: Work, campaign_id: str, trouble: Trouble, lasting: Lasting | None) -> None:
    """Remember a trouble of a campaign, or that it is over."""
    text = _ADAPTER.dump_json(lasting).decode() if lasting is not None else ""
    await work.notes.set(_note(campaign_id, trouble), text)


async def open_troubles(work: Work, campaign_id: str) -> tuple[OpenTrouble, ...]:
    """List the troubles of a campaign that last."""
    found: list[OpenTrouble] = []
    for trouble in TROUBLES:
        lasting = await load(work, campaign_id, trouble)
        if lasting is not None:
            found.append(OpenTrouble(trouble=trouble, since=lasting.since, reason=lasting.reason))
    return tuple(found)


def _note(campaign_id: str, trouble: Trouble) -> str:
    return f"trouble:{trouble.topic}:{campaign_id}"


_ADAPTER = TypeAdapter(Lasting)
