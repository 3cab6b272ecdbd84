"""Drafts: what they say, where they go out, and their messages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, update

from core.draft_rows import DraftMessage, DraftPage, DraftQuery, Pause
from core.drafts import Draft, DraftState, HandOver
from core.sheets import Sheet, showable_from_json
from storage.connection import Connection
from storage.draft_columns import LINE, draft_of, line_of, values_of
from storage.tables import announcements, draft_messages, draft_pictures, drafts, paused_guilds
from storage.text import fold

_HIDDEN = (DraftState.DISCARDED.value, DraftState.TEMPLATE.value)
_IS_SCHEDULED = drafts.c.state == DraftState.SCHEDULED.value
_ORDER = (
    case((_IS_SCHEDULED, 0), else_=1),
    case((_IS_SCHEDULED, drafts.c.due_at)),
    drafts.c.updated_at.desc(),
    drafts.c.id.desc(),
)
_IS_DUE = (
    drafts.c.due_at.is_not(None),
    drafts.c.guild_id.not_in(select(paused_guilds.c.guild_id)),
)


class SqlDrafts:
    """Implements `core.draft_rows.Drafts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, draft: Draft) -> Draft:
        """Keep a new draft (id 0); gives it with its id."""
        number: int = await self._connection.value(
            self._connection.insert(drafts)
            .values(
                **values_of(draft),
                page_key=draft.page_key,
                hand_over=draft.hand_over.value,
                handed_over_at=draft.handed_over_at,
                post_id=draft.post_id,
                created_at=draft.created_at,
            )
            .returning(drafts.c.id)
        )
        kept = replace(draft, id=number)
        await self._keep_pictures(kept)
        return kept

    async def get(self, draft_id: int, *, guild_id: int) -> Draft | None:
        """A guild's draft."""
        row = await self._connection.first(
            select(drafts).where(drafts.c.id == draft_id, drafts.c.guild_id == guild_id)
        )
        return draft_of(row) if row else None

    async def lock(self, draft_id: int, *, guild_id: int) -> Draft | None:
        """A guild's draft, which nobody else changes until the transaction ends."""
        row = await self._connection.first(
            select(drafts)
            .where(drafts.c.id == draft_id, drafts.c.guild_id == guild_id)
            .with_for_update()
        )
        return draft_of(row) if row else None

    async def save(self, draft: Draft, *, expected: int) -> bool:
        """Replace a draft of the version `expected`; False when somebody was faster."""
        count = await self._connection.run(
            update(drafts)
            .where(drafts.c.id == draft.id, drafts.c.version == expected)
            .values(**values_of(draft))
        )
        if not count:
            return False
        await self._connection.run(
            delete(draft_pictures).where(draft_pictures.c.draft_id == draft.id)
        )
        await self._keep_pictures(draft)
        return True

    async def _keep_pictures(self, draft: Draft) -> None:
        sizes = {one.digest: one.size_bytes for one in draft.content.pictures}
        await self._connection.run_many(
            self._connection.insert(draft_pictures),
            [
                {"draft_id": draft.id, "digest": digest, "size_bytes": size}
                for digest, size in sizes.items()
            ],
        )

    async def page(self, query: DraftQuery) -> DraftPage:
        """A page of a list."""
        where = _where(query)
        matching = await self._connection.value(
            select(func.count()).select_from(drafts).where(*where)
        )
        rows = await self._connection.all(
            select(*LINE).where(*where).order_by(*_ORDER).offset(query.offset).limit(query.limit)
        )
        return DraftPage(lines=tuple(line_of(row) for row in rows), matching=matching)

    async def template(self, guild_id: int, name: str) -> Draft | None:
        """A guild's template of this name, ignoring case."""
        row = await self._connection.first(
            select(drafts).where(drafts.c.guild_id == guild_id, drafts.c.name_key == fold(name))
        )
        return draft_of(row) if row else None

    async def due(self, at: datetime, *, limit: int) -> Sequence[Draft]:
        """The scheduled drafts that are due, of guilds that are not paused, longest due first."""
        rows = await self._connection.all(
            select(drafts)
            .where(*_IS_DUE, drafts.c.due_at <= at)
            .order_by(drafts.c.due_at, drafts.c.id)
            .limit(limit)
        )
        return [draft_of(row) for row in rows]

    async def next_due(self) -> datetime | None:
        """When the next scheduled draft of a guild that is not paused is due."""
        moment: datetime | None = await self._connection.value(
            select(drafts.c.due_at).where(*_IS_DUE).order_by(drafts.c.due_at).limit(1)
        )
        return moment

    async def pause(self, guild_id: int, pause: Pause | None) -> bool:
        """Hold a guild's scheduled drafts back, or no longer (None); False: it was so already."""
        if pause is None:
            return (
                await self._connection.run(
                    delete(paused_guilds).where(paused_guilds.c.guild_id == guild_id)
                )
                > 0
            )
        statement = self._connection.insert(paused_guilds).values(
            guild_id=guild_id, paused_by=pause.by, paused_at=pause.at
        )
        return await self._connection.run(statement.on_conflict_do_nothing()) > 0

    async def paused(self, guild_id: int) -> Pause | None:
        """Whether a guild's scheduled drafts are held back."""
        row = await self._connection.first(
            select(paused_guilds).where(paused_guilds.c.guild_id == guild_id)
        )
        return Pause(by=row.paused_by, at=row.paused_at) if row else None

    async def set_messages(self, draft_id: int, messages: Sequence[DraftMessage]) -> None:
        """Make these the messages of a draft; their sheets are the outbox's to keep."""
        await self._connection.run(
            delete(draft_messages).where(draft_messages.c.draft_id == draft_id)
        )
        await self._connection.run_many(
            self._connection.insert(draft_messages),
            [
                {
                    "draft_id": draft_id,
                    "channel_id": one.channel_id,
                    "position": one.position,
                    "announcement_id": one.announcement_id,
                }
                for one in messages
            ],
        )

    async def messages(self, draft_id: int) -> Sequence[DraftMessage]:
        """A draft's messages by channel and position."""
        rows = await self._connection.all(
            select(*draft_messages.c, announcements.c.card)
            .join(announcements, announcements.c.id == draft_messages.c.announcement_id)
            .where(draft_messages.c.draft_id == draft_id)
            .order_by(draft_messages.c.channel_id, draft_messages.c.position)
        )
        found = []
        for row in rows:
            sheet = showable_from_json(row.card)
            if isinstance(sheet, Sheet):
                found.append(
                    DraftMessage(
                        draft_id=row.draft_id,
                        channel_id=row.channel_id,
                        position=row.position,
                        announcement_id=row.announcement_id,
                        sheet=sheet,
                    )
                )
        return found

    async def by_page_key(self, page_key: str) -> Draft | None:
        """The draft with this page key, of whatever guild and state."""
        row = await self._connection.first(select(drafts).where(drafts.c.page_key == page_key))
        return draft_of(row) if row else None

    async def hand_over(
        self, draft_id: int, to: HandOver, *, at: datetime | None = None, post_id: str | None = None
    ) -> None:
        """Note how a draft stands with Patreon; its version stays."""
        values: dict[str, Any] = {} if at is None else {"handed_over_at": at}
        await self._connection.run(
            update(drafts)
            .where(drafts.c.id == draft_id)
            .values(hand_over=to.value, post_id=post_id, **values)
        )

    async def unlinked(self, campaign_id: str, *, since: datetime) -> Sequence[Draft]:
        """Lock a campaign's drafts that a new post of Patreon's may be, oldest first."""
        is_handed_over = and_(
            drafts.c.hand_over.in_((HandOver.READY.value, HandOver.DOUBTFUL.value)),
            drafts.c.handed_over_at >= since,
        )
        is_published = and_(
            drafts.c.state == DraftState.PUBLISHED.value, drafts.c.published_at >= since
        )
        rows = await self._connection.all(
            select(drafts)
            .where(
                drafts.c.campaign_id == campaign_id,
                drafts.c.hand_over != HandOver.LINKED.value,
                drafts.c.state.not_in(_HIDDEN),
                or_(is_handed_over, is_published),
            )
            .order_by(drafts.c.id)
            .with_for_update()
        )
        return [draft_of(row) for row in rows]

    async def of_post(self, post_id: str) -> Sequence[Draft]:
        """The drafts that are this post of Patreon's, or are in doubt to be, oldest first."""
        rows = await self._connection.all(
            select(drafts).where(drafts.c.post_id == post_id).order_by(drafts.c.id)
        )
        return [draft_of(row) for row in rows]

    async def which_kept(self, digests: Sequence[str]) -> set[str]:
        """Those of `digests` that are pictures of a draft."""
        if not digests:
            return set()
        rows = await self._connection.all(
            select(draft_pictures.c.digest)
            .where(self._connection.among(draft_pictures.c.digest, digests))
            .distinct()
        )
        return {row.digest for row in rows}

    async def forget(self, discarded_before: datetime, *, limit: int) -> int:
        """Forget up to `limit` drafts that were discarded before then; gives how many."""
        rows = await self._connection.all(
            select(drafts.c.id)
            .where(
                drafts.c.state == DraftState.DISCARDED.value,
                drafts.c.updated_at < discarded_before,
            )
            .order_by(drafts.c.updated_at)
            .limit(limit)
            .with_for_update()
        )
        ids = [row.id for row in rows]
        if ids:
            for column in (draft_messages.c.draft_id, draft_pictures.c.draft_id, drafts.c.id):
                await self._connection.run(
                    delete(column.table).where(self._connection.among(column, ids))
                )
        return len(ids)


def _where(query: DraftQuery) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [drafts.c.guild_id == query.guild_id]
    if query.states:
        where.append(drafts.c.state.in_(sorted(state.value for state in query.states)))
    else:
        where.append(drafts.c.state.not_in(_HIDDEN))
    if query.author_id is not None:
        where.append(drafts.c.author_id == query.author_id)
    if query.campaign_id is not None:
        where.append(drafts.c.campaign_id == query.campaign_id)
    return where
