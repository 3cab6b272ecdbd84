"""Small facts that the process keeps across restarts."""

from sqlalchemy import select

from storage.connection import Connection
from storage.tables import notes


class SqlNotes:
    """Implements `core.store.Notes`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, name: str) -> str | None:
        """A fact."""
        value: str | None = await self._connection.value(
            select(notes.c.value).where(notes.c.name == name)
        )
        return value

    async def set(self, name: str, value: str) -> None:
        """Keep a fact."""
        statement = self._connection.insert(notes).values(name=name, value=value)
        await self._connection.run(
            statement.on_conflict_do_update(
                index_elements=["name"], set_={"value": statement.excluded.value}
            )
        )
