"""The words that guilds wrote for their announcements."""

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import ColumnElement, Executable, and_, delete, select

from core.changes import Kind
from core.words import Slot, Variant, Words
from storage import lists
from storage.connection import Connection
from storage.tables import words as table

_KNOWN = frozenset(kind.value for kind in Kind)


@cache
def _of_links(*, is_postgresql: bool) -> Executable:
    among = lists.numbers(table.c.link_id, "links", is_postgresql=is_postgresql)
    return select(table).where(among).order_by(table.c.link_id, table.c.kind, table.c.is_staff)


class SqlWords:
    """Implements `core.words.StoredWords`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of_links(self, link_ids: Sequence[int]) -> Mapping[Slot, Words]:
        """All words of these links; a kind that only a newer version knows is left out."""
        if not link_ids:
            return {}
        is_postgresql = self._connection.is_postgresql
        rows = await self._connection.all(
            _of_links(is_postgresql=is_postgresql),
            {"links": lists.spelled(link_ids, is_postgresql=is_postgresql)},
        )
        return {
            Slot(
                row.link_id, Kind(row.kind), Variant.STAFF if row.is_staff else Variant.PUBLIC
            ): Words(title=row.title, text=row.text)
            for row in rows
            if row.kind in _KNOWN
        }

    async def save(self, slot: Slot, words: Words) -> None:
        """Make these the words of a slot."""
        statement = self._connection.insert(table).values(
            link_id=slot.link_id,
            kind=slot.kind.value,
            is_staff=slot.variant is Variant.STAFF,
            title=words.title,
            text=words.text,
        )
        await self._connection.run(
            statement.on_conflict_do_update(
                index_elements=["link_id", "kind", "is_staff"],
                set_={"title": statement.excluded["title"], "text": statement.excluded["text"]},
            )
        )

    async def remove(self, slot: Slot) -> bool:
        """Go back to the built-in words; tells whether there were others."""
        return await self._connection.run(delete(table).where(_is(slot))) > 0


def _is(slot: Slot) -> ColumnElement[bool]:
    return and_(
        table.c.link_id == slot.link_id,
        table.c.kind == slot.kind.value,
        table.c.is_staff == (slot.variant is Variant.STAFF),
    )
