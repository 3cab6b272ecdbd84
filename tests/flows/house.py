"""A bot that can be thrown away and built again over the same database, in the same world."""

import asyncio
import contextlib
import itertools
import json
import sqlite3
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import timedelta
from shutil import copyfile

from core.changes import Change, Entry, Kind
from core.digest import DigestPolicy
from core.feed import News, compose
from core.guilds import Link
from core.members import Member
from sandbox.patreon import FaultKind, Limits, PatreonServer, PatreonWorld
from storage.store import SqlStore
from tests.factories import FakeClock
from tests.flows.bots import Bot, build_bot, configure, open_clients
from tests.flows.channels import Channels, Weather
from tests.flows.seams import Killed, SeamPatreon, SeamPublisher, Seams, SeamStore
from tests.flows.truth import Truth

FEEDS = (10, 30)
"""Two guilds follow the campaign, each with a channel of its own."""

DIGESTS = DigestPolicy(above=3, stale=timedelta(hours=12))
PATIENCE = 20.0
_LIFE: ContextVar[set[asyncio.Task] | None] = ContextVar("life", default=None)


class TickingClock(FakeClock):
    """A clock that no two looks find at the same time."""

    def __call__(self):
        self.now += timedelta(microseconds=1)
        return self.now

    def seconds(self) -> float:
        return self().timestamp()

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds=seconds)
        await asyncio.sleep(0)


def task_factory(loop, coroutine, **more):
    """Make tasks that belong to the life that made them, so that its end can be awaited."""
    task = asyncio.Task(coroutine, loop=loop, **more)
    life = _LIFE.get()
    if life is not None:
        life.add(task)
    return task


class House:
    """Patreon and Discord, which stay, and the bot, which comes and goes."""

    def __init__(self, path, keys) -> None:
        self.clock = TickingClock()
        self.world = PatreonWorld(seed=3, now=self.clock)
        self.world.seed_campaign(members=6, posts=2)
        self.world.add_hook("http://127.0.0.1:9/", "secret")
        self.truth = Truth(self.world, self.clock)
        self.channels = Channels(self.clock)
        self.baseline: dict[str, Member] | None = None
        self.untold: set[str] = set()
        self.bot: Bot = None
        self.seams = Seams()
        self._path = path
        self._keys = keys
        self._markers = itertools.count()
        self._server = PatreonServer(self.world, limits=Limits.off())

    @classmethod
    async def open(cls, template, path, keys) -> "House":
        copyfile(template, path)
        house = cls(path, keys)
        await house._server.open()
        await house._build()
        campaign_id = house.world.campaign().id
        links = [Link(guild_id=c, campaign_id=campaign_id, feed_channel_id=c) for c in FEEDS]
        await configure(house._store, house.world, house.clock, *links)
        return house

    async def close(self) -> None:
        await self._tear_down()
        await self._server.close()

    async def restart(self) -> None:
        """End the process, in whatever state it is, and start it again."""
        await self._tear_down()
        await self._build()

    async def live(self, work, *, strike=None, is_gentle=False) -> object:
        """Let the bot do something; after so many steps of it, it dies or is asked to stop.

        Either way it is started again then.
        """
        life: set[asyncio.Task] = set()
        token = _LIFE.set(life)
        task = asyncio.create_task(work)
        _LIFE.reset(token)
        if strike is not None:
            self.seams.strike_after(strike, ask_to_stop=task.cancel if is_gentle else None)
        _, late = await asyncio.wait(life | {task}, timeout=PATIENCE)
        while not late and (others := {other for other in life if not other.done()}):
            _, late = await asyncio.wait(others, timeout=PATIENCE)
        assert not late, f"it hangs: {late}"
        for other in life - {task}:
            if not other.cancelled():
                other.exception()
        if strike is None:
            return task.result()
        with contextlib.suppress(Killed, asyncio.CancelledError):
            task.result()
        await self.restart()
        return None

    def change(self, member_id: str) -> None:
        """Note that a member has just changed, and that no webhook told of it yet."""
        self.truth.note(member_id)
        self.untold.add(member_id)

    async def look(self) -> None:
        """Note what the bot knew when its first complete sync was done."""
        if self.baseline is None:
            async with self._store.read() as work:
                stored = await work.campaigns.get(self.world.campaign().id)
            if stored is not None and stored.baseline_at is not None:
                self.baseline = await self.known_members()
                assert await self.changes() == []
                assert self.channels.shown == []

    async def deliver(self, *deliveries) -> None:
        """Put webhooks into the inbox; from now on the bot is to know of them."""
        await self.bot.deliver(*deliveries)
        self.untold -= {json.loads(delivery.body)["data"]["id"] for delivery in deliveries}

    async def catch_up(self) -> None:
        """End every trouble but one: there is no list of members, so only events can tell."""
        self.world.faults.clear()
        self.channels.weather = Weather.FINE
        self.world.faults.plan("members", FaultKind.UNAVAILABLE, times=1_000)
        for _ in range(2):
            self.clock.advance(minutes=31)
            await self.bot.settle()

    async def heal(self) -> None:
        """End every trouble and let everything settle."""
        self.world.faults.clear()
        self.channels.weather = Weather.FINE
        for _ in range(2):
            self.clock.advance(minutes=31)
            await self.bot.settle()
            assert await self.bot.rounds.make_round(), "a round fails in a world without troubles"
            await self.look()
            await self.bot.settle()

    async def known_members(self) -> dict[str, Member]:
        """Everybody whom the bot has ever stored."""
        async with self._store.read() as work:
            return dict(await work.members.load(list(self.truth.histories)))

    async def known_posts(self) -> set[str]:
        """The ids of the posts that the bot knows."""
        async with self._store.read() as work:
            return set(await work.posts.ids(self.world.campaign().id))

    async def backlogs(self) -> list[tuple[int, int]]:
        """How many events and announcements wait, and how many are set aside."""
        async with self._store.read() as work:
            both = (await work.events.backlog(), await work.announcements.backlog())
        return [(backlog.waiting, backlog.parked) for backlog in both]

    async def changes(self) -> list[Change]:
        """Every recorded change, oldest first."""
        with contextlib.closing(sqlite3.connect(self._path)) as connection:
            rows = connection.execute(
                "SELECT kind, member_id, campaign_id, entry, before, after FROM changes ORDER BY id"
            ).fetchall()
        return [
            Change(
                kind=Kind(kind),
                member_id=member_id,
                campaign_id=campaign_id,
                entry=Entry(entry) if entry else None,
                before=tuple(json.loads(before)),
                after=tuple(json.loads(after)),
            )
            for kind, member_id, campaign_id, entry, before, after in rows
        ]

    async def titles_of(self, changes: Sequence[Change]) -> list[str]:
        """What each of the changes looks like when it is told."""
        members = await self.known_members()
        async with self._store.read() as work:
            stored = await work.campaigns.get(self.world.campaign().id)
        titles = []
        for change in changes:
            news = News(change_id=0, change=change, member=members[change.member_id])
            card = compose(news, stored, self.truth.tiers, at=self.clock.now, marker="")
            titles.append(card.title)
        return titles

    async def _build(self) -> None:
        self.seams = seams = Seams()
        self._store = SqlStore(f"sqlite:///{self._path}", keys=self._keys, clock=self.clock)
        # The tokens' own storing is not at stake here: a pair that is lost is lost for good.
        self._clients = clients = open_clients(
            self._server,
            self._store,
            self.clock,
            monotonic=self.clock.seconds,
            sleep=self.clock.sleep,
        )
        self.bot = build_bot(
            self._server,
            SeamStore(self._store, seams),
            self.clock,
            self.channels,
            clients,
            patreon_of=lambda creator_id: SeamPatreon(clients(creator_id), seams),
            publisher=SeamPublisher(self.channels, seams),
            markers=self._markers,
            digests=DIGESTS,
            monotonic=self.clock.seconds,
        )
        async with self._store.write() as work:
            await work.events.release_leases()
            await work.announcements.release_leases()

    async def _tear_down(self) -> None:
        await self._clients.aclose()
        await self._store.close()
