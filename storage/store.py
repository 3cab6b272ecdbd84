"""The database as the use cases see it: units of work over repositories."""

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from cryptography.fernet import MultiFernet
from sqlalchemy import case

from core.inbox import Delivery
from core.ports import Clock
from core.store import Work
from storage.address import parse
from storage.announcements import SqlAnnouncements
from storage.audit import SqlAudit
from storage.campaigns import SqlCampaigns
from storage.changes import SqlChanges
from storage.connection import Connection
from storage.connections import SqlConnections
from storage.consents import SqlConsents
from storage.creators import SqlCreators
from storage.deliveries import PostgresqlInbox, SqliteInbox
from storage.draft_submissions import SqlSubmissions
from storage.drafts import SqlDrafts
from storage.engine import Engine
from storage.events import SqlEvents
from storage.handovers import SqlHandOvers
from storage.hooks import SqlHooks
from storage.images import SqlImages
from storage.letters import SqlLetters
from storage.links import SqlLinks
from storage.members import SqlMembers
from storage.notes import SqlNotes
from storage.own_secrets import SqlOwnSecrets
from storage.people import SqlPeople
from storage.post_messages import SqlPostMessages
from storage.posts import SqlPosts
from storage.rights import SqlRoleRights
from storage.tables import notes
from storage.tellings import SqlTellings
from storage.tier_names import SqlTierNames
from storage.types import Vault
from storage.words import SqlWords

_CHECK = "check"
_LATELY_SECONDS = 1.0


class SqlWork:
    """Implements `core.store.Work`: every repository over one transaction."""

    def __init__(self, connection: Connection, vault: Vault, clock: Clock) -> None:
        self.creators = SqlCreators(connection, vault)
        self.connections = SqlConnections(connection)
        self.campaigns = SqlCampaigns(connection)
        self.members = SqlMembers(connection)
        self.posts = SqlPosts(connection)
        self.post_messages = SqlPostMessages(connection)
        self.changes = SqlChanges(connection)
        self.announcements = SqlAnnouncements(connection, clock)
        self.events = SqlEvents(connection, clock)
        self.letters = SqlLetters(connection)
        self.hooks = SqlHooks(connection, vault)
        self.links = SqlLinks(connection)
        self.images = SqlImages(connection)
        self.own_secrets = SqlOwnSecrets(connection, vault)
        self.notes = SqlNotes(connection)
        self.role_rights = SqlRoleRights(connection)
        self.audit = SqlAudit(connection)
        self.tier_names = SqlTierNames(connection)
        self.words = SqlWords(connection)
        self.consents = SqlConsents(connection)
        self.people = SqlPeople(connection)
        self.tellings = SqlTellings(connection)
        self.handovers = SqlHandOvers(connection)
        self.drafts = SqlDrafts(connection)
        self.submissions = SqlSubmissions(connection)


class SqlStore:
    """Implements `core.store.Store` over SQLite or PostgreSQL.

    Nothing is opened before the first use; the tables must be up to date (`storage.migrate`).
    `clock` tells when something was parked.

    Raises:
        PermanentError: the address cannot be used.
    """

    def __init__(self, address: str, *, keys: MultiFernet, clock: Clock) -> None:
        self._engine = Engine(parse(address))
        self._vault = Vault(keys)
        self._clock = clock
        path = self._engine.path
        self._inbox = SqliteInbox(self._engine, path) if path else PostgresqlInbox(self._engine)
        self._delivered_at = -_LATELY_SECONDS

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Work]:
        """Open a consistent view that changes nothing."""
        async with self._engine.read() as connection:
            yield SqlWork(connection, self._vault, self._clock)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Work]:
        """Open a transaction that the block's end commits. Never await the network in it."""
        async with self._engine.write() as connection:
            yield SqlWork(connection, self._vault, self._clock)

    @property
    def has_deliveries_coming(self) -> bool:
        """Whether deliveries came in lately: then transactions should be short."""
        return time.monotonic() - self._delivered_at < _LATELY_SECONDS

    async def add_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        """Put deliveries into the inbox, due now, durable when this returns."""
        self._delivered_at = time.monotonic()
        await self._inbox.add(deliveries)

    async def check(self) -> None:
        """Prove that the database can be written, by writing.

        Raises:
            TemporaryError: it cannot; the sentence says why.
        """
        async with self._engine.write() as connection:
            statement = connection.insert(notes).values(name=_CHECK, value="0")
            # SQLite leaves a page alone whose content stays the same: change it every time.
            other = case((notes.c.value == "0", "1"), else_="0")
            await connection.run(
                statement.on_conflict_do_update(index_elements=["name"], set_={"value": other})
            )

    async def prove_keys(self) -> None:
        """Prove that the keys open what is stored, by opening it.

        Raises:
            PermanentError: a stored secret was sealed with another key.
        """
        async with self._engine.read() as connection:
            await SqlCreators(connection, self._vault).prove_keys()
            await SqlHooks(connection, self._vault).prove_keys()

    async def forget_lost_secrets(self) -> int:
        """Forget the tokens and the webhooks' secrets that no key opens; gives how many had such.

        The accounts and the webhooks stay: their secrets can be stored anew.
        """
        async with self._engine.write() as connection:
            tokens = await SqlCreators(connection, self._vault).forget_lost_tokens()
            return tokens + await SqlHooks(connection, self._vault).forget_lost_secrets()

    async def close(self) -> None:
        """Finish what is being written and close every connection."""
        await self._inbox.close()
        await self._engine.close()
