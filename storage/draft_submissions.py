"""Forms as they were sent."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from core.draft_rows import Answer, Submission
from storage.connection import AnyRow, Connection
from storage.tables import form_pictures, submissions


class SqlSubmissions:
    """Implements `core.draft_rows.Submissions`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, submission: Submission) -> bool:
        """Keep a form; False when it is kept already."""
        statement = self._connection.insert(submissions).values(
            id=submission.id,
            guild_id=submission.guild_id,
            user_id=submission.user_id,
            custom_id=submission.custom_id,
            fields=_spelled(submission.fields),
            received_at=submission.received_at,
            channel_id=submission.channel_id,
            message_id=submission.message_id,
            draft_id=submission.draft_id,
            problem=submission.problem,
            dismissed_at=submission.dismissed_at,
        )
        return await self._connection.run(statement.on_conflict_do_nothing()) > 0

    async def get(self, submission_id: int, *, guild_id: int, user_id: int) -> Submission | None:
        """A person's form."""
        row = await self._connection.first(
            select(submissions).where(
                submissions.c.id == submission_id,
                submissions.c.guild_id == guild_id,
                submissions.c.user_id == user_id,
            )
        )
        return _submission(row) if row else None

    async def lock(
        self, ids: Sequence[int], *, guild_id: int, user_id: int
    ) -> Sequence[Submission]:
        """Give those of a person's forms in a guild, by id; until the transaction ends nobody else
        uses or dismisses them.
        """
        rows = await self._connection.all(
            select(submissions)
            .where(
                submissions.c.id.in_(ids),
                submissions.c.guild_id == guild_id,
                submissions.c.user_id == user_id,
            )
            .order_by(submissions.c.id)
            .with_for_update()
        )
        return [_submission(row) for row in rows]

    async def fill(
        self, submission_id: int, fields: Mapping[str, Answer], *, digests: Collection[str] = ()
    ) -> None:
        """Replace what a form holds, and which files of the shelf it needs."""
        await self._connection.run(
            update(submissions)
            .where(submissions.c.id == submission_id)
            .values(fields=_spelled(fields))
        )
        await self._drop_pictures([submission_id])
        await self._connection.run_many(
            self._connection.insert(form_pictures),
            [{"submission_id": submission_id, "digest": digest} for digest in {*digests}],
        )

    async def use(self, ids: Sequence[int], *, draft_id: int) -> None:
        """Note which draft forms made or changed; those that were used stay as they are.

        They need no files any more.
        """
        await self._connection.run(
            update(submissions)
            .where(submissions.c.id.in_(ids), submissions.c.draft_id.is_(None))
            .values(draft_id=draft_id, problem=None)
        )
        await self._drop_pictures(ids)

    async def refuse(self, submission_id: int, problem: str) -> None:
        """Note why a form was not used, unless it was."""
        await self._connection.run(
            update(submissions)
            .where(submissions.c.id == submission_id, submissions.c.draft_id.is_(None))
            .values(problem=problem)
        )

    async def dismiss(self, submission_id: int, *, at: datetime) -> None:
        """Note that a form is needed no more, unless it was used."""
        await self._connection.run(
            update(submissions)
            .where(submissions.c.id == submission_id, submissions.c.draft_id.is_(None))
            .values(dismissed_at=at)
        )

    async def unused(self, guild_id: int, user_id: int, *, limit: int) -> Sequence[Submission]:
        """A person's forms that were neither used nor dismissed, latest first."""
        rows = await self._connection.all(
            select(submissions)
            .where(
                submissions.c.guild_id == guild_id,
                submissions.c.user_id == user_id,
                submissions.c.draft_id.is_(None),
                submissions.c.dismissed_at.is_(None),
            )
            .order_by(submissions.c.received_at.desc(), submissions.c.id.desc())
            .limit(limit)
        )
        return [_submission(row) for row in rows]

    async def forget(self, before: datetime, *, limit: int) -> int:
        """Forget up to `limit` forms that were received before then; gives how many."""
        rows = await self._connection.all(
            select(submissions.c.id)
            .where(submissions.c.received_at < before)
            .order_by(submissions.c.received_at, submissions.c.id)
            .limit(limit)
            .with_for_update()
        )
        ids = [row.id for row in rows]
        if ids:
            await self._drop_pictures(ids)
            await self._connection.run(
                delete(submissions).where(self._connection.among(submissions.c.id, ids))
            )
        return len(ids)

    async def which_kept(self, digests: Sequence[str]) -> set[str]:
        """Those of `digests` that are pictures of a form that was not used."""
        if not digests:
            return set()
        rows = await self._connection.all(
            select(form_pictures.c.digest)
            .where(self._connection.among(form_pictures.c.digest, digests))
            .distinct()
        )
        return {row.digest for row in rows}

    async def _drop_pictures(self, ids: Sequence[int]) -> None:
        await self._connection.run(
            delete(form_pictures).where(form_pictures.c.submission_id.in_(ids))
        )


def _spelled(fields: Mapping[str, Answer]) -> str:
    return json.dumps(dict(fields), ensure_ascii=False)


def _submission(row: AnyRow) -> Submission:
    return Submission(
        id=row.id,
        guild_id=row.guild_id,
        user_id=row.user_id,
        custom_id=row.custom_id,
        fields=json.loads(row.fields),
        received_at=row.received_at,
        channel_id=row.channel_id,
        message_id=row.message_id,
        draft_id=row.draft_id,
        problem=row.problem,
        dismissed_at=row.dismissed_at,
    )
