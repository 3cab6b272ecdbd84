"""Forms that people sent: kept first, used once together with what they do, or dismissed."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.audit import AuditEntry
from core.composing_desk import Desk
from core.draft_rows import Answer, Submission
from core.drafts import Draft, DraftPicture
from core.errors import UserError
from core.rights import Person
from core.steps import step
from core.store import Work

log = logging.getLogger(__name__)

MOST_UNUSED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A form that was kept and now asks for something.

    `earlier` are forms of which it is another try: what it does is done for them, too.
    """

    id: int
    earlier: tuple[int, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        """All of them."""
        return (self.id, *self.earlier)


class Receiving(Desk):
    """Keeps forms as they came, until what they ask for is done."""

    async def keep(
        self,
        guild_id: int,
        user_id: int,
        submission_id: int,
        *,
        custom_id: str,
        fields: Mapping[str, Answer],
        channel_id: int | None = None,
        message_id: int | None = None,
    ) -> None:
        """Keep a form as it came, before anything else is done with it; safe to repeat."""
        async with self._store.write() as work:
            await work.submissions.add(
                Submission(
                    id=submission_id,
                    guild_id=guild_id,
                    user_id=user_id,
                    custom_id=custom_id,
                    fields=fields,
                    received_at=self._clock(),
                    channel_id=channel_id,
                    message_id=message_id,
                )
            )
        step("drafts.stored")

    async def learn(
        self,
        guild_id: int,
        by: Person,
        submission_id: int,
        fields: Mapping[str, Answer],
        *,
        pictures: Sequence[DraftPicture] = (),
    ) -> None:
        """Keep more of a form than came with it at first, such as what is in its files.

        `pictures` are all that lie on the shelf for it. They stay there until it is used, which
        makes them the draft's, or forgotten.

        Raises:
            UserError: there is no such form of theirs in this guild (any more).
        """
        async with self._store.write() as work:
            kept = _known(await _locked(work, guild_id, by, (submission_id,)))
            is_used = kept.draft_id is not None
            digests = () if is_used else [picture.digest for picture in pictures]
            await work.submissions.fill(submission_id, {**kept.fields, **fields}, digests=digests)

    async def submission(self, guild_id: int, by: Person, submission_id: int) -> Submission:
        """Give a person a form of theirs again, to open it filled in.

        Raises:
            UserError: there is no such form of theirs in this guild (any more).
        """
        async with self._store.read() as work:
            kept = await work.submissions.get(
                submission_id, guild_id=guild_id, user_id=by.user_id or 0
            )
        return _known(kept)

    async def unused(self, guild_id: int, by: Person) -> Sequence[Submission]:
        """A person's forms that were neither used nor dismissed, latest first."""
        async with self._store.read() as work:
            return await work.submissions.unused(guild_id, by.user_id or 0, limit=MOST_UNUSED)

    async def note_problem(
        self, guild_id: int, by: Person, submission_id: int, problem: str
    ) -> None:
        """Note why a form was not used; nothing when it was, or when there is none."""
        async with self._store.write() as work:
            found = await work.submissions.lock(
                [submission_id], guild_id=guild_id, user_id=by.user_id or 0
            )
            if found:
                await work.submissions.refuse(submission_id, problem)

    async def dismiss(self, guild_id: int, by: Person, submission_id: int) -> bool:
        """Offer a form to its sender no more; False when it was dismissed already.

        Raises:
            UserError: there is no such form of theirs in this guild (any more), it was used, or
                the person may do nothing with posts.
        """
        async with self._store.write() as work:
            actor = await self._actor(work, guild_id, by)
            kept = _known(await _locked(work, guild_id, by, (submission_id,)))
            if kept.draft_id is not None:
                raise UserError("What this form asked for is done: there is nothing to dismiss.")
            if kept.dismissed_at is not None:
                return False
            now = self._clock()
            await work.submissions.dismiss(submission_id, at=now)
            await work.audit.add(
                AuditEntry(
                    at=now,
                    guild_id=guild_id,
                    user_id=actor.user_id,
                    action="post.form_dismissed",
                    detail=f"It was sent at {kept.received_at:%Y-%m-%d %H:%M} UTC.",
                )
            )
        log.info("form dismissed", extra={"guild": guild_id, "form": submission_id})
        return True

    async def _take(
        self, work: Work, guild_id: int, by: Person, sent: Sent | None, *, makes_post: bool = False
    ) -> Draft | None:
        """Let nobody else use or dismiss a form until the transaction ends.

        This comes before any draft is locked. None: it was not used; `_used` says when it is. With
        `makes_post`, neither was an earlier try of it: a draft's version stops what would change
        one twice, and nothing else stops what would make two.

        Returns:
            The draft that it made or changed when it was used already.

        Raises:
            UserError: there is no such form of theirs, they dismissed it, what it made is gone, or
                an earlier try of it was used.
        """
        if sent is None:
            return None
        forms = await work.submissions.lock(sent.ids, guild_id=guild_id, user_id=by.user_id or 0)
        kept = _known(next((one for one in forms if one.id == sent.id), None))
        if kept.draft_id is not None:
            draft = await work.drafts.get(kept.draft_id, guild_id=guild_id)
            if draft is None:
                raise UserError("The post that this form made is gone. Send it again.")
            return draft
        if kept.dismissed_at is not None:
            raise UserError("You dismissed this form. Open it again and send it.")
        if makes_post and any(one.draft_id is not None for one in forms):
            raise UserError(
                "An earlier try of this form was done already; nothing was done now. See "
                "`/patreon posts` for what it made, and dismiss this form."
            )
        return None

    async def _used(self, work: Work, by: Person, sent: Sent | None, draft: Draft) -> None:
        """Note in the transaction that does it what a form did, and its earlier tries with it."""
        if sent is not None:
            own = await work.submissions.lock(
                sent.ids, guild_id=draft.guild_id, user_id=by.user_id or 0
            )
            await work.submissions.use([one.id for one in own], draft_id=draft.id)
        step("drafts.saved")


async def _locked(work: Work, guild_id: int, by: Person, ids: tuple[int, ...]) -> Submission | None:
    """Lock forms, the first of which is given."""
    found = await work.submissions.lock(ids, guild_id=guild_id, user_id=by.user_id or 0)
    return next((one for one in found if one.id == ids[0]), None)


def _known(kept: Submission | None) -> Submission:
    if kept is None:
        raise UserError(
            "This form is not known (any more). Write it again with `/patreon post`, please."
        )
    return kept
