"""Digests: many changes that wait in one channel become one message instead of a flood."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from core.announcements import Announcement, Queued, Untold, Wanted
from core.cards import Card, Fact, Tone
from core.changes import Kind
from core.names import display_name, visible
from core.store import StoredCampaign, Work

log = logging.getLogger(__name__)

MOST_FOLDED = 1_000
"""So many announcements become one digest at most; what is left becomes the next one."""

LONGEST_TEXT = 4_096
"""Characters of an embed's description. Source: docs.discord.com, "Embed Limits"."""

_LONGEST_LINE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPolicy:
    """When the changes of one campaign that wait in one channel become a digest.

    More than `above` of them do, and so do two or more of which the oldest has waited for longer
    than `stale`. Zero of either means: never for that reason.
    """

    above: int = 0
    stale: timedelta = timedelta()


NO_DIGESTS = DigestPolicy()
"""Every change is a message of its own."""


def gather(queue: Sequence[Queued], policy: DigestPolicy, *, now: datetime) -> tuple[int, ...]:
    """Pick the announcements that become one digest; gives their ids, none for no digest.

    `queue` is what waits in a channel, oldest first; its first one is about to be sent and belongs
    to the digest. The digest takes its place, and never overtakes a message that must stand alone:
    behind the first of those nothing is picked. Announcements of other links are passed over.
    """
    if not queue or not _may_fold(queue[0]):
        return ()
    picked = [queue[0]]
    for one in queue[1:]:
        if one.is_claimed or not _may_fold(one):
            if one.message_id is None and one.wanted is Wanted.SHOWN:
                break
        elif one.link_id == queue[0].link_id:
            picked.append(one)
    if len(picked) < 2:
        return ()
    oldest = min(one.created_at for one in picked)
    is_flood = 0 < policy.above < len(picked)
    if not is_flood and not _is_stale(oldest, policy, now):
        return ()
    return tuple(one.id for one in picked[:MOST_FOLDED])


def compose(
    changes: Sequence[Untold],
    campaign: StoredCampaign | None,
    policy: DigestPolicy,
    *,
    now: datetime,
) -> Card:
    """Word changes of one campaign as one card; it carries the marker of the first one's card.

    How many there are of each kind, then a line for each, oldest first, as many as an embed holds,
    then how many more there are.
    """
    since = min(change.created_at for change in changes)
    until = max(change.created_at for change in changes)
    name = f"{display_name(campaign.campaign.name)}: " if campaign else ""
    head = f"{name}{_counts(changes)}."
    return Card(
        marker=changes[0].card.marker,
        tone=Tone.NEUTRAL,
        title=f"{len(changes):,} changes {_period(since, policy, now)}",
        text=_text(head, [change.card.title for change in changes]),
        facts=(Fact(name="From", moment=since), Fact(name="To", moment=until)),
        at=now,
        url=campaign.campaign.url if campaign else changes[0].card.url,
    )


def first_title(card: Card) -> str:
    """Give what a digest's card calls the first of its changes."""
    return card.text.partition("\n\n")[2].partition("\n")[0]


def retitled(card: Card, titles: Sequence[str]) -> Card:
    """Let a digest's card call its changes otherwise; `titles` are of all of them, in order."""
    head = card.text.partition("\n\n")[0]
    return replace(card, text=_text(head, titles))


class Digests:
    """Folds what waits in a channel into the announcement that is about to be sent there."""

    def __init__(self, policy: DigestPolicy) -> None:
        self._policy = policy

    async def fold(self, work: Work, announcement: Announcement, *, now: datetime) -> Announcement:
        """Make a claimed announcement a digest when it is time for one; gives what to send.

        All in the caller's transaction: what is folded counts as told from its commit on, and the
        digest waits in its place. Only what surely was never sent is folded.
        """
        if not self._is_candidate(announcement):
            return announcement
        queue = await work.announcements.queue(
            announcement.channel_id, first_id=announcement.id, limit=MOST_FOLDED
        )
        ids = gather(queue, self._policy, now=now)
        waiting = await work.announcements.untold(ids, claimed_id=announcement.id) if ids else ()
        # Buttons need a message of their own.
        changes = list(takewhile(lambda change: not change.card.actions, waiting))
        # Somebody else may have taken some away meanwhile; the first one is in our hands.
        if len(changes) < 2 or changes[0].id != announcement.id:
            return announcement
        campaign = await work.campaigns.get(changes[0].campaign_id)
        card = compose(changes, campaign, self._policy, now=now)
        log.info(
            "changes folded into a digest",
            extra={"channel_id": announcement.channel_id, "changes": len(changes)},
        )
        return await work.announcements.fold([change.id for change in changes], card=card)

    def _is_candidate(self, announcement: Announcement) -> bool:
        return self._policy != NO_DIGESTS and announcement.is_unsent


def _may_fold(one: Queued) -> bool:
    """Whether it is news of a change that surely nobody has seen yet."""
    return (
        one.change_id is not None
        and one.digest_id is None
        and one.wanted is Wanted.SHOWN
        and one.message_id is None
        and one.shown_version == 0
        and one.send_started_at is None
    )


def _is_stale(oldest: datetime, policy: DigestPolicy, now: datetime) -> bool:
    return timedelta() < policy.stale < now - oldest


def _period(since: datetime, policy: DigestPolicy, now: datetime) -> str:
    if _is_stale(since, policy, now):
        return "while this channel was not served"
    hours = -((since - now) // timedelta(hours=1))
    return f"in the last {hours} hours" if hours > 1 else "in the last hour"


def _counts(changes: Sequence[Untold]) -> str:
    """Write how many there are of each kind, the most frequent first."""
    counted = Counter(change.kind for change in changes)
    ordered = sorted(counted, key=lambda kind: (-counted[kind], list(Kind).index(kind)))
    parts = [f"{counted[kind]:,} {_COUNTED[kind]}" for kind in ordered]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _text(head: str, titles: Sequence[str]) -> str:
    return f"{head}\n\n{_lines(titles, LONGEST_TEXT - _cost(head) - 2)}"


def _lines(titles: Sequence[str], room: int) -> str:
    kept: list[str] = []
    for number, title in enumerate(titles):
        line = _line(title)
        rest = _more(len(titles) - number - 1)
        if _cost(line) + 1 + _cost(rest) > room:
            return "\n".join([*kept, _more(len(titles) - number)])
        kept.append(line)
        room -= _cost(line) + 1
    return "\n".join(kept)


def _line(title: str) -> str:
    line = visible(title) or "…"
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1].rstrip() + "…"


def _more(count: int) -> str:
    return f"and {count:,} more; /patreon members shows all." if count else ""


def _cost(text: str) -> int:
    """The most characters that Discord may count for a text, once it is escaped.

    Escaping puts at most one character before or behind another, never beside a letter, a digit
    or a space. Rare characters are counted as the two UTF-16 units that they are.
    """
    return sum(
        1 + (ord(character) > 0xFFFF) + (not (character.isalnum() or character.isspace()))
        for character in text
    )


_COUNTED = {
    Kind.JOINED: "joined",
    Kind.RETURNED: "came back",
    Kind.UPGRADED: "upgraded",
    Kind.DOWNGRADED: "changed tier",
    Kind.TIERS_ADDED: "added a tier",
    Kind.TIERS_REMOVED: "left a tier",
    Kind.DECLINED: "had a payment declined",
    Kind.RECOVERED: "had a declined payment go through",
    Kind.CANCELLED: "cancelled",
    Kind.ENDED: "came to the end of their membership",
    Kind.DELETED: "left",
}
