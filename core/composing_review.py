"""Approval, and taking drafts from one state to another: back, away, off the schedule."""

from dataclasses import replace
from datetime import datetime

from core.composing_desk import found, link_of
from core.composing_forms import Receiving, Sent
from core.composing_messages import Wording, remove_messages
from core.draft_rules import (
    Act,
    Actor,
    approved,
    asked,
    check,
    discarded,
    expect,
    refused,
    restored,
    retracted,
    unscheduled,
)
from core.draft_sheets import missing
from core.draft_words import request_card
from core.drafts import Draft, DraftState
from core.errors import UserError
from core.guilds import Link
from core.names import visible
from core.rights import Person
from core.store import Work
from core.typesetting import Typeset

_LONGEST_REASON = 300


class Reviewing(Receiving):
    """Asks for approval and gives it; takes drafts back."""

    async def ask(self, guild_id: int, by: Person, draft_id: int, version: int) -> Draft:
        """Ask a second person to approve a draft; the staff channel is told.

        Raises:
            UserError: something is missing, or it cannot be asked now.
        """
        typeset = await self._seen(guild_id, by, draft_id, version)
        async with self._store.write() as work:
            actor = await self._actor(work, guild_id, by)
            before = await self._locked(work, guild_id, draft_id, version)
            check(before, Act.ASK, actor)
            link, _ = await self._ready(work, before, typeset)
            after = asked(before, by=actor.user_id, at=self._clock())
            after = await self._request(work, after, link)
            after = await self._save(work, before, after, "post.asked", actor.user_id)
        self._on_announced()
        return after

    async def approve(self, guild_id: int, by: Person, draft_id: int, version: int) -> Draft:
        """Approve what a draft says now; never by who asked for it.

        Raises:
            UserError: this person may not, or there is nothing to approve.
        """
        return await self._move(
            guild_id,
            by,
            draft_id,
            version,
            Act.APPROVE,
            "post.approved",
        )

    async def refuse(
        self,
        guild_id: int,
        by: Person,
        draft_id: int,
        version: int,
        *,
        reason: str = "",
        sent: Sent | None = None,
    ) -> Draft:
        """Send a draft back to its author; `sent` is the form in which the reason was typed.

        Raises:
            UserError: this person may not, or nobody asked.
        """
        return await self._move(
            guild_id, by, draft_id, version, Act.REFUSE, "post.refused", reason=reason, sent=sent
        )

    async def unschedule(self, guild_id: int, by: Person, draft_id: int, version: int) -> Draft:
        """Take a draft off the schedule.

        Raises:
            UserError: it is not on it, or this person may not.
        """
        return await self._move(guild_id, by, draft_id, version, Act.UNSCHEDULE, "post.unscheduled")

    async def retract(self, guild_id: int, by: Person, draft_id: int, version: int) -> Draft:
        """Take a published post back: its messages are deleted.

        Raises:
            UserError: it is not published, or this person may not.
        """
        return await self._move(guild_id, by, draft_id, version, Act.RETRACT, "post.retracted")

    async def discard(self, guild_id: int, by: Person, draft_id: int, version: int) -> Draft:
        """Throw a draft away; it can be restored.

        Raises:
            UserError: it cannot be thrown away now, or not by this person.
        """
        return await self._move(guild_id, by, draft_id, version, Act.DISCARD, "post.discarded")

    async def restore(self, guild_id: int, by: Person, draft_id: int, version: int) -> Draft:
        """Write on with a draft that was thrown away, or a post that was taken back.

        Raises:
            UserError: it is neither, another template has its name, or this person may not.
        """
        return await self._move(guild_id, by, draft_id, version, Act.RESTORE, "post.restored")

    async def _ready(self, work: Work, draft: Draft, typeset: Typeset) -> tuple[Link, Wording]:
        """Give what a draft goes out by and with.

        Raises:
            UserError: something is missing.
        """
        setting = await self._setting(work, draft)
        link = await link_of(work, draft.guild_id, draft.campaign_id)
        problems = missing(draft, setting, typeset, link=link)
        if problems or link is None:
            raise UserError(" ".join(problem.text for problem in problems))
        return link, Wording(typeset=typeset, setting=setting, new_marker=self._new_marker)

    async def _request(self, work: Work, draft: Draft, link: Link) -> Draft:
        """Tell the staff channel that somebody asks; gives the draft that knows it."""
        if link.staff_channel_id is None or draft.approval is None:
            return draft
        marker, now = self._new_marker(), self._clock()
        card = request_card(draft, marker, at=now, look_id=self._look_id(draft))
        announcement_id = await work.announcements.post(
            card, channel_id=link.staff_channel_id, link_id=link.id, at=now
        )
        approval = replace(draft.approval, announcement_id=announcement_id, marker=marker)
        return replace(draft, approval=approval)

    async def _seen(self, guild_id: int, by: Person, draft_id: int, version: int) -> Typeset:
        """Typeset a draft before the transaction, for which that takes too long.

        The version tells later that it still says so.
        """
        async with self._store.read() as work:
            await self._actor(work, guild_id, by)
            draft = found(await work.drafts.get(draft_id, guild_id=guild_id))
        expect(draft, version)
        return await self._typeset(draft.content.body)

    async def _move(
        self,
        guild_id: int,
        by: Person,
        draft_id: int,
        version: int,
        act: Act,
        action: str,
        *,
        reason: str = "",
        sent: Sent | None = None,
    ) -> Draft:
        async with self._store.write() as work:
            known = await self._take(work, guild_id, by, sent)
            if known is not None:
                return known
            actor = await self._actor(work, guild_id, by)
            before = await self._locked(work, guild_id, draft_id, version)
            check(before, act, actor)
            said = visible(reason)[:_LONGEST_REASON]
            after = _moved(before, act, actor, said, at=self._clock())
            if after.state is DraftState.TEMPLATE and after.name is not None:
                await refuse_taken_name(work, after)
            if act is Act.RETRACT:
                await remove_messages(work, before, at=self._clock())
            if act is Act.DISCARD:
                await work.handovers.end_previews(before.id)
            after = await self._save(work, before, after, action, actor.user_id, said)
            await self._used(work, by, sent, after)
        if act is Act.RETRACT:
            self._on_announced()
        self._rescheduled(before, after)
        return after


def _moved(draft: Draft, act: Act, actor: Actor, reason: str, *, at: datetime) -> Draft:
    match act:
        case Act.APPROVE:
            return approved(draft, by=actor.user_id, at=at)
        case Act.REFUSE:
            return refused(draft, reason, at=at)
        case Act.UNSCHEDULE:
            return unscheduled(draft, at=at)
        case Act.RETRACT:
            return retracted(draft, at=at)
        case Act.DISCARD:
            return discarded(draft, at=at)
        case Act.RESTORE:
            return restored(draft, at=at)
    raise ValueError(f"{act} moves nothing.")


async def refuse_taken_name(work: Work, draft: Draft) -> None:
    """Refuse a template whose name another one of the guild has.

    Raises:
        UserError: it has.
    """
    other = await work.drafts.template(draft.guild_id, draft.name or "")
    if other is not None and other.id != draft.id:
        raise UserError(f"There is a template “{other.name}” already. Throw that away first.")
