"""Forms as they were sent."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from core.draft_rows import Submission
from storage.connection import AnyRow, Connection
from storage.tables import submissions


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
            fields=json.dumps(dict(submission.fields), ensure_ascii=False),
            received_at=submission.received_at,
            draft_id=submission.draft_id,
            problem=submission.problem,
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

    async def lock(self, submission_id: int) -> bool:
        """Let nobody else use a form until the transaction ends; False when it is used."""
        rows = await self._connection.all(
            select(submissions.c.draft_id)
            .where(submissions.c.id == submission_id)
            .with_for_update()
        )
        return bool(rows) and rows[0].draft_id is None

    async def note(
        self, submission_id: int, *, draft_id: int | None = None, problem: str | None = None
    ) -> None:
        """Note what became of a form; one that became a draft stays so."""
        await self._connection.run(
            update(submissions)
            .where(submissions.c.id == submission_id, submissions.c.draft_id.is_(None))
            .values(draft_id=draft_id, problem=problem)
        )

    async def unused(self, guild_id: int, user_id: int, *, limit: int) -> Sequence[Submission]:
        """A person's forms that became no draft, latest first."""
        rows = await self._connection.all(
            select(submissions)
            .where(
                submissions.c.guild_id == guild_id,
                submissions.c.user_id == user_id,
                submissions.c.draft_id.is_(None),
            )
            .order_by(submissions.c.received_at.desc(), submissions.c.id.desc())
            .limit(limit)
        )
        return [_submission(row) for row in rows]

    async def forget(self, before: datetime, *, limit: int) -> int:
        """Forget up to `limit` forms that were received before then; gives how many."""
        chosen = (
            select(submissions.c.id)
            .where(submissions.c.received_at < before)
            .order_by(submissions.c.received_at)
            .limit(limit)
        )
        return await self._connection.run(delete(submissions).where(submissions.c.id.in_(chosen)))


def _submission(row: AnyRow) -> Submission:
    return Submission(
        id=row.id,
        guild_id=row.guild_id,
        user_id=row.user_id,
        custom_id=row.custom_id,
        fields=json.loads(row.fields),
        received_at=row.received_at,
        draft_id=row.draft_id,
        problem=row.problem,
    )
