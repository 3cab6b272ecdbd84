"""A guild that writes posts: its people, its channels and a desk to write at."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from core.composing import Composing
from core.draft_forms import Form
from core.draft_typesets import Typesets
from core.drafts import Draft
from core.rights import Person, Right
from core.store import Store
from core.typesetting import Typesetter
from markup.typesetter import MarkdownTypesetter
from tests.factories import FakeClock, save_campaign, save_link

GUILD, OTHER_GUILD = 6001, 6002
POSTS, STAFF, NEWS, FORUM = 7001, 7002, 7003, 7004
FRIENDS = 8001

AUTHOR = Person(user_id=101, role_ids=frozenset({GUILD, 11}))
COLLEAGUE = Person(user_id=102, role_ids=frozenset({GUILD, 11}))
APPROVER = Person(user_id=201, role_ids=frozenset({GUILD, 12}))
SECOND = Person(user_id=202, role_ids=frozenset({GUILD, 12}))
CHIEF = Person(user_id=301, role_ids=frozenset({GUILD, 11, 12}))
STRANGER = Person(user_id=901, role_ids=frozenset({GUILD}))
EVERYBODY = (AUTHOR, COLLEAGUE, APPROVER, SECOND, CHIEF, STRANGER)

RIGHTS = {11: frozenset({Right.COMPOSE}), 12: frozenset({Right.APPROVE})}


@dataclass
class Desk:
    """The use cases, with what they rang."""

    store: Store
    clock: FakeClock
    has_pages: bool = True
    typesetter: Typesetter = field(default_factory=MarkdownTypesetter)
    markers: Iterator[str] = field(default_factory=lambda: (f"m-{n}" for n in count(1)))
    announced: int = 0
    rescheduled: int = 0
    submissions: count = field(default_factory=lambda: count(5001))

    def __post_init__(self) -> None:
        keys = count(1)
        self.composing = Composing(
            self.store,
            Typesets(self.typesetter),
            clock=self.clock,
            new_marker=lambda: next(self.markers),
            new_key=lambda: f"key-{id(self)}-{next(keys)}",
            on_announced=self._on_announced,
            on_scheduled=self._on_scheduled,
            page_url=lambda key: f"https://bot.example/posts/{key}" if self.has_pages else None,
            look_id=lambda draft: f"look|{draft.id}|{draft.version}",
        )

    def _on_announced(self) -> None:
        self.announced += 1

    def _on_scheduled(self) -> None:
        self.rescheduled += 1

    async def send(self, by=AUTHOR, guild_id=GUILD, **fields):
        """Send a form and say what became of it."""
        number = next(self.submissions)
        await self.composing.keep(
            guild_id, by.user_id, number, custom_id="post-forms1|new", fields={"title": "raw"}
        )
        return await self.composing.submit(guild_id, by, number, Form(**fields))

    async def write(self, by=AUTHOR, title="News", body="Something new.", **fields) -> Draft:
        """Begin a draft."""
        submitted = await self.send(by, title=title, body=body, **fields)
        assert submitted.problems == ()
        return submitted.draft

    async def approved(self, **fields) -> Draft:
        """Begin a draft and have it approved."""
        draft = await self.write(**fields)
        draft = await self.composing.ask(GUILD, AUTHOR, draft.id, draft.version)
        return await self.composing.approve(GUILD, APPROVER, draft.id, draft.version)

    async def draft(self, draft_id: int) -> Draft:
        """A draft as it is stored."""
        async with self.store.read() as work:
            return await work.drafts.get(draft_id, guild_id=GUILD)

    async def messages(self, draft_id: int):
        """The messages of a draft."""
        async with self.store.read() as work:
            return await work.drafts.messages(draft_id)

    async def wanted(self, draft_id: int) -> list[str]:
        """What is wanted of the messages of a draft."""
        async with self.store.read() as work:
            return [
                (await work.announcements.standing(one.announcement_id)).wanted.value
                for one in await work.drafts.messages(draft_id)
            ]

    async def waiting(self) -> int:
        """How many announcements wait in the outbox."""
        async with self.store.read() as work:
            return (await work.announcements.backlog()).waiting

    async def acts(self) -> list[str]:
        """What the audit tells, oldest first."""
        from core.audit import AuditQuery

        async with self.store.read() as work:
            page = await work.audit.page(AuditQuery(guild_id=None, limit=500))
        return [entry.action for entry in reversed(page.entries)]


async def open_desk(store: Store, clock: FakeClock, **options) -> Desk:
    """Make a guild that follows a campaign and gave its roles rights."""
    await save_campaign(store)
    await save_link(store, posts_channel_id=POSTS, staff_channel_id=STAFF)
    async with store.write() as work:
        for role_id, rights in RIGHTS.items():
            await work.role_rights.replace(GUILD, role_id, rights, at=clock())
    return Desk(store, clock, **options)
