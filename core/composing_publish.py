"""Publishing: now, or at its time."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from core.audit import AuditEntry
from core.composing_forms import Sent
from core.composing_messages import post_messages
from core.composing_review import Reviewing
from core.draft_rows import Pause
from core.draft_rules import Act, check, published, scheduled, sent_back
from core.drafts import Draft
from core.errors import BotError, TemporaryError, UserError
from core.rights import Person
from core.steps import step
from core.store import Work
from core.typesetting import Typeset

log = logging.getLogger(__name__)

LATEST = timedelta(hours=24)
"""A scheduled post that is late by more than this goes back to its author instead."""

MOST_AT_ONCE = 100
_SEEN_AT_ONCE = 10


class Publishing(Reviewing):
    """Lets drafts out, now or at their time."""

    async def publish(self, guild_id: int, by: Person, draft_id: int, version: int) -> Draft:
        """Publish a draft in its channels now; of several who try, one does.

        Raises:
            UserError: something is missing, or this person may not without approval.
        """
        typeset = await self._seen(guild_id, by, draft_id, version)
        async with self._store.write() as work:
            actor = await self._actor(work, guild_id, by)
            before = await self._locked(work, guild_id, draft_id, version)
            check(before, Act.PUBLISH, actor)
            after = await self._publish(work, before, typeset, by=actor.user_id)
            step("publish.written")
        step("publish.committed")
        self._on_announced()
        self._rescheduled(before, after)
        return after

    async def schedule(
        self,
        guild_id: int,
        by: Person,
        draft_id: int,
        version: int,
        *,
        at: datetime,
        zone: str,
        sent: Sent | None = None,
    ) -> Draft:
        """Let a draft go out at a time; `zone` is the IANA name in which that was chosen.

        One that is scheduled already is moved. `sent` is the form that says so.

        Raises:
            UserError: something is missing, the time is past, or this person may not.
        """
        typeset = await self._seen(guild_id, by, draft_id, version)
        async with self._store.write() as work:
            known = await self._take(work, guild_id, by, sent)
            if known is not None:
                return known
            actor = await self._actor(work, guild_id, by)
            before = await self._locked(work, guild_id, draft_id, version)
            check(before, Act.SCHEDULE, actor)
            now = self._clock()
            if at <= now:
                raise UserError("This time is past. Choose a later one, or publish it now.")
            await self._ready(work, before, typeset)
            after = scheduled(before, at, zone, at=now)
            detail = f"For {at:%Y-%m-%d %H:%M} UTC."
            after = await self._save(work, before, after, "post.scheduled", actor.user_id, detail)
            await self._used(work, by, sent, after)
        self._rescheduled(before, after)
        return after

    async def pause(self, guild_id: int, by: Person) -> bool:
        """Hold the guild's scheduled posts back; False when they are held already.

        Raises:
            UserError: this person may not.
        """
        return await self._pause(guild_id, by, is_on=True)

    async def resume(self, guild_id: int, by: Person) -> bool:
        """Let the guild's scheduled posts go out again; False when nothing held them.

        Those whose time has come meanwhile go out now.

        Raises:
            UserError: this person may not.
        """
        return await self._pause(guild_id, by, is_on=False)

    async def next_due(self) -> datetime | None:
        """When the next scheduled draft has to go out."""
        async with self._store.read() as work:
            return await work.drafts.next_due()

    async def publish_due(self, *, beat: Callable[[], None] = lambda: None) -> int:
        """Publish the scheduled drafts that are due; gives how many.

        Each is one transaction, and of several processes one publishes it. One that is late by
        more than a day, or cannot go out, goes back to its author with a note. After a hundred it
        ends and there may be more. `beat` is called after each: setting a long one takes seconds.

        Raises:
            TemporaryError: the database cannot be used; those that are left stay due.
        """
        count = 0
        for _ in range(MOST_AT_ONCE // _SEEN_AT_ONCE):
            async with self._store.read() as work:
                due = await work.drafts.due(self._clock(), limit=_SEEN_AT_ONCE)
            for draft in due:
                count += await self._publish_due(draft)
                beat()
            if len(due) < _SEEN_AT_ONCE:
                break
        return count

    async def _publish_due(self, seen: Draft) -> bool:
        """Publish one, or send it back; tells whether it went out."""
        if seen.publish_at is not None and self._clock() - seen.publish_at > LATEST:
            await self._send_back(
                seen,
                "Its time was missed by more than a day, because the bot was away or posts were "
                "paused. Schedule it again, or publish it now.",
            )
            return False
        try:
            return await self._publish_scheduled(seen)
        except TemporaryError:
            raise
        except BotError as error:
            await self._send_back(seen, f"It could not go out at its time. {error}")
        except Exception:
            log.exception("scheduled post failed", extra={"draft": seen.id})
            await self._send_back(
                seen, "It could not go out at its time, because of an error in the bot."
            )
        return False

    async def _publish_scheduled(self, seen: Draft) -> bool:
        typeset = await self._typeset(seen.content.body)
        async with self._store.write() as work:
            before = await self._still_due(work, seen)
            if before is None:
                return False
            await self._publish(work, before, typeset, by=None)
            step("publish.written")
        step("publish.committed")
        self._on_announced()
        return True

    async def _send_back(self, seen: Draft, note: str) -> None:
        async with self._store.write() as work:
            before = await self._still_due(work, seen)
            if before is not None:
                after = sent_back(before, note, at=self._clock())
                await self._save(work, before, after, "post.sent_back", None, note)

    async def _still_due(self, work: Work, seen: Draft) -> Draft | None:
        """Lock a draft that was seen as due, unless somebody did something with it since."""
        draft = await work.drafts.lock(seen.id, guild_id=seen.guild_id)
        if draft is None or draft.version != seen.version:
            return None
        return None if await work.drafts.paused(seen.guild_id) else draft

    async def _publish(
        self, work: Work, before: Draft, typeset: Typeset, *, by: int | None
    ) -> Draft:
        link, wording = await self._ready(work, before, typeset)
        now = self._clock()
        after = published(before, at=now)
        is_late = before.publish_at is not None and by is None
        late = f"It was scheduled for {before.publish_at:%Y-%m-%d %H:%M} UTC." if is_late else ""
        after = await self._save(work, before, after, "post.published", by, late)
        await post_messages(work, after, wording, link, at=now)
        return after

    async def _pause(self, guild_id: int, by: Person, *, is_on: bool) -> bool:
        async with self._store.write() as work:
            actor = await self._actor(work, guild_id, by)
            if not actor.may_approve:
                raise UserError("Holding posts back needs the right to approve posts; ask for it.")
            now = self._clock()
            pause = Pause(by=actor.user_id, at=now) if is_on else None
            is_new = await work.drafts.pause(guild_id, pause)
            if is_new:
                await work.audit.add(
                    AuditEntry(
                        at=now,
                        guild_id=guild_id,
                        user_id=actor.user_id,
                        action="post.paused" if is_on else "post.resumed",
                        detail="Scheduled posts wait." if is_on else "Scheduled posts go out.",
                    )
                )
        if is_new:
            self._on_scheduled()
        return is_new
