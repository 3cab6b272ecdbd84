"""Looking at the inbox, and giving its events a second chance or none."""

import logging
from collections.abc import Callable
from dataclasses import replace

from core.audit import AuditEntry
from core.errors import UserError
from core.letter_box import Letter, LetterPage, LetterQuery, LetterState
from core.ports import Clock
from core.roster import not_linked
from core.store import Store, Work

log = logging.getLogger(__name__)


class Letters:
    """The events of the campaigns that a guild follows.

    Everywhere `guild_id` None stands for the admin at the terminal, who sees every event, also
    those whose campaign is unknown. For a guild, an event of another one does not exist.
    """

    def __init__(self, store: Store, *, clock: Clock, on_replayed: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._on_replayed = on_replayed

    async def page(self, guild_id: int | None, query: LetterQuery) -> LetterPage:
        """Answer `query` within what may be seen, whatever campaigns it names.

        An offset behind the end of a list that has become shorter is moved back.

        Raises:
            UserError: the guild follows no campaign.
        """
        async with self._store.read() as work:
            scoped = replace(query, campaign_ids=await _scope(work, guild_id))
            page = await work.letters.page(scoped)
            while not page.letters and scoped.offset:
                scoped = replace(scoped, offset=max(scoped.offset - scoped.limit, 0))
                page = await work.letters.page(scoped)
        return page

    async def show(self, guild_id: int | None, event_id: int) -> Letter:
        """Give one letter.

        Raises:
            UserError: there is no such event for this guild.
        """
        async with self._store.read() as work:
            return await _find(work, guild_id, event_id)

    async def body(self, event_id: int) -> bytes | None:
        """Give an event's body to the admin: it holds personal data. None when it was deleted."""
        async with self._store.read() as work:
            return await work.letters.body(event_id)

    async def replay(
        self, guild_id: int | None, event_id: int, *, by: str, user_id: int | None = None
    ) -> Letter:
        """Process an event again now, as if it had never been tried; gives what it is now.

        That is always safe: what is announced is the difference between what is stored and what
        Patreon says, so an event that was dealt with before changes nothing. `by` names the
        person, `user_id` is who they are at Discord (None: the admin at the terminal).

        Raises:
            UserError: there is no such event for this guild, or its body was deleted.
        """
        async with self._store.write() as work:
            await _find(work, guild_id, event_id)
            at = self._clock()
            if not await work.letters.replay(event_id, at=at, note=f"replayed by {by}"):
                raise UserError(
                    f"Event {event_id} cannot be processed again, because its body was deleted. "
                    "A sync reads everything from Patreon."
                )
            letter = await _find(work, guild_id, event_id)
            await work.audit.add(
                AuditEntry(
                    at=at,
                    guild_id=guild_id,
                    user_id=user_id,
                    action="webhook.replayed",
                    detail=f"Webhook {event_id} ({letter.trigger}).",
                )
            )
        log.info("event replayed", extra={"event": event_id, "by": by})
        self._on_replayed()
        return letter

    async def discard(
        self, guild_id: int | None, event_id: int, *, by: str, user_id: int | None = None
    ) -> Letter:
        """Set an event that waits for a person aside for good; gives what it is now.

        Until its body is deleted it can still be replayed. `by` names the person, `user_id` is
        who they are at Discord (None: the admin at the terminal).

        Raises:
            UserError: there is no such event for this guild, or it is not parked.
        """
        async with self._store.write() as work:
            letter = await _find(work, guild_id, event_id)
            at = self._clock()
            if not await work.letters.discard(event_id, at=at, by=by):
                raise UserError(_not_parked(letter))
            letter = await _find(work, guild_id, event_id)
            await work.audit.add(
                AuditEntry(
                    at=at,
                    guild_id=guild_id,
                    user_id=user_id,
                    action="webhook.discarded",
                    detail=f"Webhook {event_id} ({letter.trigger}).",
                )
            )
        log.info("event discarded", extra={"event": event_id, "by": by})
        return letter


async def _find(work: Work, guild_id: int | None, event_id: int) -> Letter:
    letter = await work.letters.get(event_id, await _scope(work, guild_id))
    if letter is None:
        whose = "" if guild_id is None else " of the campaigns that this server follows"
        raise UserError(f"There is no event {event_id}{whose}.")
    return letter


async def _scope(work: Work, guild_id: int | None) -> tuple[str, ...] | None:
    if guild_id is None:
        return None
    links = await work.links.of_guild(guild_id)
    if not links:
        raise UserError(not_linked())
    return tuple(dict.fromkeys(link.campaign_id for link in links))


def _not_parked(letter: Letter) -> str:
    why = {
        LetterState.WAITING: "is still to be processed",
        LetterState.DONE: "is already dealt with",
        LetterState.DISCARDED: "is already discarded",
        LetterState.PARKED: "is being worked on",
    }[letter.state]
    return f"Event {letter.id} {why}: only events that are set aside can be discarded."
