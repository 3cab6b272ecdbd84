"""Small secrets that the bot made for itself."""

from sqlalchemy import select

from core.errors import PermanentError
from storage.connection import Connection
from storage.tables import own_secrets
from storage.types import Vault


class SqlOwnSecrets:
    """Implements `core.store.OwnSecrets`."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def get(self, name: str) -> str | None:
        """A secret; None also for one that no key opens any more: it can be made anew."""
        sealed = await self._connection.value(
            select(own_secrets.c.value).where(own_secrets.c.name == name)
        )
        try:
            return self._vault.open(sealed)
        except PermanentError:
            return None

    async def set(self, name: str, value: str) -> None:
        """Keep a secret."""
        statement = self._connection.insert(own_secrets).values(
            name=name, value=self._vault.seal(value)
        )
        await self._connection.run(
            statement.on_conflict_do_update(
                index_elements=["name"], set_={"value": statement.excluded.value}
            )
        )
