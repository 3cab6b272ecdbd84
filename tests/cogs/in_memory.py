"""Patreon as a test needs it: one creator's members and posts, page by page."""

import asyncio
from dataclasses import replace

from core.accounts import TokenPair
from core.consents import Grant, Patron
from core.errors import CursorExpired
from core.ports import CampaignRead, Identity, MemberRead, MembersPage, PostsPage
from tests.factories import FakeClock, campaign, member, post, tiers


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
            members=tuple((one, repr(one).encode()) for one in self.members[start:end]),
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
