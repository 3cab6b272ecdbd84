"""A test announcement: shown in the feed channel through the outbox, and removed again."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError

from core.announcements import Wanted
from core.audit import AuditEntry
from core.cards import Action, Card, Tone
from core.errors import UserError
from core.guild_settings import unknown_campaign
from core.guilds import Link
from core.names import display_name
from core.ports import Clock
from core.store import Store, Work
from core.turns import take_turn

log = logging.getLogger(__name__)


class TrialState(StrEnum):
    """How far a test announcement has come."""

    WAITING = "waiting"
    SHOWN = "shown"
    REMOVED = "removed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The latest test announcement of a campaign in a guild. `reason`: why it is not shown."""

    state: TrialState
    channel_id: int
    at: datetime
    message_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Note:
    announcement: int
    channel: int
    at: datetime


class Trials:
    """The use case, each call scoped by guild."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        new_marker: Callable[[], str],
        on_announced: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._new_marker = new_marker
        self._on_announced = on_announced

    async def send(self, guild_id: int, campaign_id: str, *, by: int, remove_id: str) -> None:
        """Show a test announcement in the feed channel; an earlier one is removed.

        `remove_id` is the custom id of its button, `by` the Discord user.

        Raises:
            UserError: the guild does not follow the campaign, or shows no changes.
        """
        now = self._clock()
        async with self._store.write() as work:
            link = await _link(work, guild_id, campaign_id)
            channel_id = link.feed_channel_id
            if channel_id is None:
                raise UserError("There is no feed channel yet. Choose one first.")
            await take_turn(work, f"{_name(link)}:lock")
            await self._remove(work, link)
            stored = await work.campaigns.get(campaign_id)
            name = stored.campaign.name if stored else f"Campaign {campaign_id}"
            number = await work.announcements.post(
                _card(name, self._new_marker(), remove_id, at=now),
                channel_id=channel_id,
                link_id=link.id,
                at=now,
            )
            note = _Note(announcement=number, channel=channel_id, at=now)
            await work.notes.set(_name(link), _ADAPTER.dump_json(note).decode())
            await work.audit.add(
                AuditEntry(
                    at=now,
                    guild_id=guild_id,
                    user_id=by,
                    action="test.sent",
                    detail=f"Campaign {campaign_id}, channel {channel_id}.",
                )
            )
        log.info("test announced", extra={"guild": guild_id, "campaign_id": campaign_id})
        self._on_announced()

    async def remove(self, guild_id: int, campaign_id: str, *, by: int) -> None:
        """Remove the latest test announcement; safe to repeat.

        Raises:
            UserError: the guild does not follow the campaign.
        """
        async with self._store.write() as work:
            link = await _link(work, guild_id, campaign_id)
            await take_turn(work, f"{_name(link)}:lock")
            if await self._remove(work, link):
                await work.audit.add(
                    AuditEntry(
                        at=self._clock(),
                        guild_id=guild_id,
                        user_id=by,
                        action="test.removed",
                        detail=f"Campaign {campaign_id}.",
                    )
                )
        self._on_announced()

    async def latest(self, guild_id: int, campaign_id: str) -> Trial | None:
        """How the latest test announcement of a followed campaign stands, None without one."""
        async with self._store.read() as work:
            try:
                link = await _link(work, guild_id, campaign_id)
            except UserError:
                return None
            note = await _load(work, link)
            standing = await work.announcements.standing(note.announcement) if note else None
        if note is None or standing is None:
            return None
        state, reason = TrialState.SHOWN, ""
        if standing.is_parked:
            state, reason = TrialState.FAILED, standing.reason or ""
        elif standing.wanted is Wanted.GONE:
            state = TrialState.REMOVED
        elif standing.message_id is None:
            state, reason = TrialState.WAITING, standing.reason or ""
        return Trial(
            state=state,
            channel_id=note.channel,
            at=note.at,
            message_id=standing.message_id,
            reason=reason,
        )

    async def _remove(self, work: Work, link: Link) -> bool:
        note = await _load(work, link)
        standing = await work.announcements.standing(note.announcement) if note else None
        if note is None or standing is None or standing.wanted is Wanted.GONE:
            return False
        await work.announcements.change(
            note.announcement, card=None, wanted=Wanted.GONE, at=self._clock()
        )
        return True


def _card(campaign: str, marker: str, remove_id: str, *, at: datetime) -> Card:
    return Card(
        marker=marker,
        tone=Tone.NEUTRAL,
        title="This is a test",
        text=(
            f"Changes of the members of {display_name(campaign)} will be announced here. "
            "Nothing has happened to anybody: this message only shows that it works."
        ),
        at=at,
        actions=(Action(label="Remove this test", custom_id=remove_id),),
    )


async def _link(work: Work, guild_id: int, campaign_id: str) -> Link:
    for link in await work.links.of_guild(guild_id):
        if link.campaign_id == campaign_id:
            return link
    raise unknown_campaign()


async def _load(work: Work, link: Link) -> _Note | None:
    text = await work.notes.get(_name(link))
    try:
        return _ADAPTER.validate_json(text) if text else None
    except ValidationError:
        return None


def _name(link: Link) -> str:
    return f"setup.test:{link.guild_id}:{link.campaign_id}"


_ADAPTER = TypeAdapter(_Note)
