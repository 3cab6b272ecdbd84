"""Whatever happens in whatever order: the copy ends up true, and each change is told once."""

import asyncio
import itertools
import secrets
import sys
from collections import Counter, defaultdict

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.members import Status
from sandbox.patreon import FaultKind
from tests.flows.channels import Weather
from tests.flows.deeds import DEEDS, do
from tests.flows.house import FEEDS, PATIENCE, House, task_factory

POST = ("at once", "lost", "kept", "twice", "backwards", "at once and kept")
"""What becomes of an event's webhooks."""

ROUTES = ("member", "members", "campaigns", "identity", "posts", "post")
FAULTS = (
    FaultKind.UNAVAILABLE,
    FaultKind.TOO_MANY,
    FaultKind.CLOUDFLARE,
    FaultKind.DROP_BEFORE,
    FaultKind.DROP_AFTER,
    FaultKind.TRUNCATED_JSON,
    FaultKind.EMPTY_OBJECT,
    FaultKind.SHORT_PAGE,
    FaultKind.EMPTY_PAGE,
    FaultKind.EXPIRED_CURSOR,
)
WORK = ("process", "deliver", "sync", "round")
SECONDS = (1, 20, 130, 400, 2_000, 14 * 3_600, 8 * 86_400)

numbers = st.integers(0, 11)


class Life(RuleBasedStateMachine):
    """A campaign's life, with a bot that suffers everything that can go wrong."""

    def __init__(self, template, keys, path) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._runner.get_loop().set_task_factory(task_factory)
        self.house: House = self._run(House.open(template, path, keys))
        self.world = self.house.world
        self.last = None
        self.kept = []
        self.old = []
        self.changed = set()
        self.is_broken = False

    def teardown(self) -> None:
        try:
            if not self.is_broken:
                self._run(self._check_all())
        finally:
            self._run(self.house.close())
            self._runner.close()

    @initialize(start=st.sampled_from(["nothing", "discovered", "baseline", "baseline"]))
    def begin(self, start):
        if start != "nothing":
            self._run(self.house.bot.sync.discover())
        if start == "baseline":
            self._run(self._live("sync"))

    @rule(deed=st.sampled_from(DEEDS), who=numbers, post=st.sampled_from(POST))
    def happens(self, deed, who, post):
        self._run(self._happen(deed, who, post))

    @precondition(lambda self: self.last is not None)
    @rule(deeds=st.lists(st.sampled_from(DEEDS[5:]), min_size=1, max_size=3), who=numbers)
    def goes_on_for_the_same_member(self, deeds, who):
        for deed in deeds:
            self._run(self._happen(deed, who, "kept", member_id=self.last))

    @rule(post=st.sampled_from(POST), is_new=st.booleans())
    def a_post(self, post, is_new):
        newest = max((p.id for p in self.world.posts().after(None, 99)), default=None)
        if is_new or newest is None:
            event = self.world.publish_post("News")
        else:
            event = self.world.delete_post(newest)
        self._run(self._send(event, post))

    @precondition(lambda self: self.kept)
    @rule(which=numbers)
    def a_kept_webhook_arrives(self, which):
        self._run(self.house.deliver(self.kept.pop(which % len(self.kept))))

    @precondition(lambda self: self.old)
    @rule(which=numbers)
    def an_old_webhook_arrives_again(self, which):
        self._run(self.house.deliver(self.old[-1 - which % len(self.old)]))

    @rule(work=st.sampled_from(WORK))
    def the_bot_works(self, work):
        self._run(self._live(work))

    @rule()
    def everything_due_is_done(self):
        self._run(self.house.live(self.house.bot.settle()))

    @rule(works=st.sets(st.sampled_from(["process", "deliver", "sync"]), min_size=2))
    def the_bot_does_several_things_at_once(self, works):
        async def work():
            await asyncio.gather(*(self._work(name) for name in sorted(works)))

        self._run(self.house.live(work()))

    @precondition(lambda self: self.house.baseline is not None)
    @rule(deed=st.sampled_from(DEEDS), who=numbers, is_older=st.booleans(), kept=st.booleans())
    def a_member_changes_while_a_list_of_members_is_on_its_way(self, deed, who, is_older, kept):
        async def meanwhile():
            await self._happen(deed, who, "at once and kept" if kept else "at once")
            await self._as_of(started if is_older else None, self.house.bot.processor.process_due())

        started = self.house.clock()
        self.house.seams.after_answer("members_page", meanwhile)
        self._run(self._live("sync"))
        self.house.seams.forget()

    @precondition(lambda self: self.house.baseline is not None)
    @rule(
        deeds=st.lists(st.sampled_from(DEEDS), min_size=1, max_size=2),
        who=numbers,
        is_older=st.booleans(),
    )
    def a_sync_passes_while_a_member_is_on_its_way(self, deeds, who, is_older):
        async def meanwhile():
            for deed in deeds[1:]:
                await self._happen(deed, who, "at once", member_id=self.last)
            campaign_id = self.world.campaign().id
            await self._as_of(started if is_older else None, self.house.bot.sync.run(campaign_id))

        self._run(self._happen(deeds[0], who, "at once"))
        started = self.house.clock()
        self.house.seams.after_answer("member", meanwhile)
        self._run(self._live("process"))
        self.house.seams.forget()

    @precondition(lambda self: self.house.baseline is not None)
    @rule(deeds=st.lists(st.sampled_from(DEEDS), min_size=2, max_size=2), who=numbers)
    def a_list_and_a_member_are_on_their_way(self, deeds, who):
        """The list knows the first deed, the member's answer both; the list is written first."""
        answered, listed = asyncio.Event(), asyncio.Event()

        async def hold_the_member():
            answered.set()
            await asyncio.wait_for(listed.wait(), PATIENCE)

        async def meanwhile():
            await self._happen(deeds[1], who, "at once", member_id=self.last)
            self.house.seams.after_answer("member", hold_the_member)
            reading.append(asyncio.create_task(self.house.bot.processor.process_due()))
            waiting = asyncio.create_task(answered.wait())
            await asyncio.wait([*reading, waiting], return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            # If nobody was read, the sync must not be held when it asks for a missing member.
            self.house.seams.forget()

        async def both():
            self.house.seams.after_answer("members_page", meanwhile)
            await self._work("sync")
            listed.set()
            await asyncio.gather(*reading)

        reading = []
        self._run(self._happen(deeds[0], who, "lost"))
        self._run(self.house.live(both()))
        self.house.seams.forget()
        self._run(self._check_events())

    @rule(fault=st.sampled_from([FaultKind.SHORT_PAGE, FaultKind.EMPTY_PAGE]))
    def patreon_tears_its_list(self, fault):
        self.world.faults.clear()
        self.world.faults.plan("members", fault)
        self._run(self._live("sync"))

    @rule(seconds=st.sampled_from(SECONDS))
    def time_passes(self, seconds):
        self.house.clock.advance(seconds=seconds)

    @rule(route=st.sampled_from(ROUTES), fault=st.sampled_from(FAULTS), times=st.integers(1, 4))
    def patreon_begins_to_fail(self, route, fault, times):
        self.world.faults.plan(route, fault, times=times)

    @rule()
    def patreon_is_well_again(self):
        self.world.faults.clear()

    @rule(weather=st.sampled_from(Weather))
    def discord_changes(self, weather):
        self.house.channels.weather = weather

    @rule()
    def the_bot_is_restarted(self):
        self._run(self.house.restart())

    @rule(work=st.sampled_from(["sync", "round"]), strike=st.integers(1, 40), gently=st.booleans())
    def the_bot_dies_during_a_sync(self, work, strike, gently):
        self._run(self._live(work, strike=strike, is_gentle=gently))

    @rule(deed=st.sampled_from(DEEDS), who=numbers, strike=st.integers(3, 13), gently=st.booleans())
    def the_bot_dies_while_it_reads_a_member(self, deed, who, strike, gently):
        self._run(self._happen(deed, who, "at once"))
        self._run(self._live("process", strike=strike, is_gentle=gently))
        if who % 2:
            self._run(self._check_events())

    @rule(strike=st.integers(1, 10), gently=st.booleans(), weather=st.sampled_from(Weather))
    def the_bot_dies_while_it_tells(self, strike, gently, weather):
        self.house.channels.weather = weather
        self._run(self._live("deliver", strike=strike, is_gentle=gently))

    @invariant()
    def no_message_is_there_twice(self):
        shown = Counter(message.card.marker for message in self.house.channels.shown)
        assert not [marker for marker, times in shown.items() if times > 1]

    async def _check_events(self):
        """Every webhook that was accepted has had its effect, with no sync to help."""
        house = self.house
        if house.baseline is None:
            return
        await house.catch_up()
        members = await house.known_members()
        told = [m for m in self.world.members() if m.id in self.changed - house.untold]
        assert {m.id: members.get(m.id) for m in told} == {m.id: house.truth.read(m) for m in told}

    async def _check_all(self):
        house = self.house
        await self._check_events()
        await house.heal()
        members = await house.known_members()
        present = {m.id: house.truth.read(m) for m in self.world.members()}
        assert {i: m for i, m in members.items() if m.status is not Status.GONE} == present
        assert await house.known_posts() == {p.id for p in self.world.posts().after(None, 99)}
        assert await house.backlogs() == [(0, 0), (0, 0)]
        changes = await house.changes()
        recorded = defaultdict(list)
        for change in changes:
            recorded[change.member_id].append(change)
        for member_id in house.truth.histories:
            known = house.baseline.get(member_id)
            assert house.truth.explains(member_id, known, recorded[member_id]), (
                [change.kind.value for change in recorded[member_id]],
                known,
                house.truth.histories[member_id],
            )
        titles = await house.titles_of(changes)
        for channel in FEEDS:
            assert house.channels.told(channel) == titles

    def _run(self, work):
        async def run():
            done = await work
            await self.house.look()
            return done

        try:
            return self._runner.run(run() if hasattr(self, "house") else work)
        except BaseException:
            self.is_broken = True
            raise

    async def _live(self, work, **strike):
        self.house.clock.advance(seconds=1)
        await self.house.live(self._work(work), **strike)

    async def _work(self, name):
        bot = self.house.bot
        match name:
            case "process":
                await bot.processor.process_due()
            case "deliver":
                await bot.outbox.deliver_due()
            case "round":
                await bot.rounds.make_round()
            case _:
                campaign = self.world.campaign().id
                async with bot.store.read() as work:
                    is_known = await work.campaigns.get(campaign) is not None
                if is_known or await bot.sync.discover() == []:
                    await bot.sync.run(campaign)

    async def _as_of(self, moment, work):
        """Let the answers meanwhile be those of requests that began at `moment`."""
        self.house.seams.asked_at = moment
        try:
            await work
        finally:
            self.house.seams.asked_at = None

    async def _happen(self, deed, who, post, *, member_id=None):
        event = do(self.world, deed, who, member_id=member_id)
        self.last = event.member.id
        self.house.change(self.last)
        self.changed.add(self.last)
        await self._send(event, post)

    async def _send(self, event, post):
        deliveries = list(event.deliveries)
        self.old += deliveries
        if "kept" in post:
            self.kept += deliveries
        if post == "twice":
            deliveries *= 2
        if post == "backwards":
            deliveries.reverse()
        if post not in ("lost", "kept"):
            await self.house.deliver(*deliveries)


def live(template, keys, folder, *, seed=None, **chosen):
    """Run the machine, each time with a database file of its own; gives how many times."""
    serial = itertools.count()

    def machine():
        return Life(template, keys, folder / f"{next(serial)}.db")

    if seed is not None:
        machine = hypothesis.seed(seed)(machine)
    run_state_machine_as_test(
        machine,
        settings=settings(
            derandomize=seed is None,
            suppress_health_check=list(HealthCheck),
            # A failure is made small only where there is time for it.
            phases=[Phase.generate, *([Phase.shrink] if seed is not None else [])],
            **chosen,
        ),
    )
    return next(serial)


@pytest.mark.timeout(300)
def test_the_copy_converges_and_each_change_is_told_once(sqlite_template, keys, tmp_path):
    lives = live(
        sqlite_template,
        keys,
        tmp_path,
        max_examples=10,
        stateful_step_count=20,
    )

    assert lives >= 10


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_the_copy_converges_and_each_change_is_told_once_at_length(sqlite_template, keys, tmp_path):
    seed = secrets.randbits(32)
    sys.stdout.write(f"seed of the state machine: {seed}\n")

    lives = live(
        sqlite_template, keys, tmp_path, seed=seed, max_examples=80, stateful_step_count=40
    )

    assert lives >= 80
