"""Patreon as a test needs it: one creator's members and posts, page by page."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from core.accounts import TokenPair
from core.alarm import Alarm
from core.consents import Grant, Patron
from core.errors import CursorExpired
from core.gallery import Gallery
from core.image_intake import Intake
from core.image_rows import Seen
from core.image_sweep import Sweeper
from core.images import Fetched, ImageKind, ImageLink
from core.pictures import Rendered, Size
from core.ports import CampaignRead, Identity, MemberRead, MembersPage, PostsPage
from storage.shelf import Shelf
from tests.factories import FakeClock, campaign, member, post, tiers
from tests.readings import listed


class InMemoryPatreon:
    """Answers `core.ports.Patreon`'s reading calls from lists; `gate` holds back the pages."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.campaign = campaign()
        self.tiers = list(tiers())
        self.members = [member()]
        self.posts = [post()]
        self.page_size = 1_000
        self.seconds_a_page = 0.0
        self.gate = asyncio.Event()
        self.gate.set()
        self.members_failure: Exception | None = None
        self.expiries = 0

    async def identity(self):
        return Identity(patreon_id="9001", name="Ada")

    async def campaigns(self):
        read = CampaignRead(campaign=self.campaign, tiers=tuple(self.tiers), asked_at=self.clock())
        return [read]

    async def hooks(self):
        return []

    async def members_page(self, campaign_id, *, cursor=None):
        start = int(cursor or 0)
        if start:
            await self.gate.wait()
            if self.expiries:
                self.expiries -= 1
                raise CursorExpired("The cursor expired.")
        self.clock.advance(seconds=self.seconds_a_page)
        if self.members_failure:
            raise self.members_failure
        end = start + self.page_size
        return MembersPage(
            members=listed((one, repr(one).encode()) for one in self.members[start:end]),
            tiers=(),
            total=len(self.members),
            next_cursor=str(end) if end < len(self.members) else None,
            asked_at=self.clock(),
        )

    async def member(self, member_id):
        for one in self.members:
            if one.id == member_id:
                return MemberRead(
                    member=one, fingerprint=repr(one).encode(), tiers=(), asked_at=self.clock()
                )
        return None

    async def posts_page(self, campaign_id, *, cursor=None):
        return PostsPage(posts=tuple(self.posts), next_cursor=None, asked_at=self.clock())


def many_members(count, **overrides):
    """Members named "Patron 000" and so on."""
    return [
        replace(member(**overrides), id=f"m-{number:05}", name=f"Patron {number:03}")
        for number in range(count)
    ]


class InMemoryExchange:
    """Patreon's side of a consent; `failure` is what a code ends in."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.account = Identity(patreon_id="9001", name="Ada")
        self.scopes: frozenset[str] | None = None
        self.codes: list[str] = []

    def address(self, purpose, *, state, redirect_uri):
        return f"https://patreon.example.com/{purpose}?state={state}&redirect_uri={redirect_uri}"

    async def exchange(self, code, *, redirect_uri):
        self.codes.append(code)
        if self.failure is not None:
            raise self.failure
        return Grant(pair=TokenPair(access=f"a-{code}", refresh=f"r-{code}"), scopes=self.scopes)

    async def identity(self, grant):
        return self.account

    async def patron(self, grant):
        return Patron(identity=self.account, member_ids=("m-1",))


class InMemoryPictures:
    """Patreon's pictures and their decoder, with real files: content is text that tells its key.

    `failures` are raised by key; `gate` holds back the downloads; `asked` are their keys.
    `unmet` are owners whose pictures Patreon names although nobody has noted them.
    """

    def __init__(self, store, clock: FakeClock, folder, *, max_bytes=2**30) -> None:
        self._store = store
        self._clock = clock
        self.failures: dict[str, Exception] = {}
        self.editions: dict[str, str] = {}
        self.drawing_failure: Exception | None = None
        self.asked: list[str] = []
        self.unmet: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()
        shelf = Shelf(folder)
        sweeper = Sweeper(
            store, shelf, max_age=timedelta(days=30), max_bytes=max_bytes, clock=clock
        )
        intake = Intake(
            store,
            shelf,
            self,
            self,
            read_link=lambda url: ImageLink(url=url, key=url),
            read_owner=self._read_owner,
            public_key=lambda key: sha256(key.encode()).hexdigest()[:32],
            clock=clock,
            random=lambda: 0.5,
        )
        self.gallery = Gallery(store, shelf, intake, sweeper, self, clock=clock, alarm=Alarm(clock))

    async def see(self, kind: ImageKind, owner_id: str, campaign_id="1001", expires_at=None):
        """Let Patreon name a picture of an owner; it is fetched when somebody wants it."""
        key = f"{kind.value}-{owner_id}"
        link = ImageLink(url=key, key=key, expires_at=expires_at)
        seen = Seen(kind=kind, owner_id=owner_id, campaign_id=campaign_id, links={"": link})
        async with self._store.write() as work:
            await work.images.see(
                [seen],
                public_key=lambda key: sha256(key.encode()).hexdigest()[:32],
                at=self._clock(),
            )

    async def fetch(self, link, into):
        self.asked.append(link.key)
        await self.gate.wait()
        if link.key in self.failures:
            raise self.failures[link.key]
        content = f"picture {link.key} {self.editions.get(link.key, '')}".encode()
        into.write(content)
        return Fetched(
            size_bytes=len(content),
            media_type="image/png",
        )

    async def render(self, source, sizes=tuple(Size)):
        content = source.read_bytes()
        return Rendered(
            width=1, height=1, frames=1, sizes={s: content + s.value.encode() for s in sizes}
        )

    async def clean(self, source, *, most_bytes):
        return source.read_bytes()

    async def initials(self, text, size):
        if self.drawing_failure is not None:
            raise self.drawing_failure
        return f"initials {text} {size.value}".encode()

    async def placeholder(self, kind, size):
        if self.drawing_failure is not None:
            raise self.drawing_failure
        return f"placeholder {kind.value} {size.value}".encode()

    async def _read_owner(self, row):
        key = row.key or f"{row.kind.value}-{row.owner_id}"
        if not row.key and row.owner_id not in self.unmet:
            return None
        link = ImageLink(url=key, key=key)
        return Seen(
            kind=row.kind, owner_id=row.owner_id, campaign_id=row.campaign_id, links={"": link}
        )
