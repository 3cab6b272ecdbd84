"""The clock jumps by an hour or a day, both ways: everything goes on, and nothing is told twice."""

from datetime import timedelta

import pytest

from core.alarm import Alarm
from core.letter_box import LetterQuery, LetterState
from core.outbox import LEASE, Outbox
from sandbox.patreon import FaultKind, Limits, PatreonServer, PatreonWorld
from tests.end_to_end.matrix import sampled
from tests.factories import FakeClock
from tests.flows.channels import TORN

JUMPS = {
    "an hour ahead": timedelta(hours=1),
    "an hour back": timedelta(hours=-1),
    "a day ahead": timedelta(days=1),
    "a day back": timedelta(days=-1),
}
FAR_JUMPS = JUMPS | {
    "40 days ahead": timedelta(days=40),
    "40 days back": timedelta(days=-40),
}
"""Further than a pair of tokens lives."""

ROUNDS = 6
"""How many rounds, half an hour apart, everything may take to come right."""


class SkewedClock:
    """The bot's clock, which may be wrong; advancing it lets the true time pass."""

    def __init__(self) -> None:
        self.true = FakeClock()
        self.skew = timedelta()

    def __call__(self):
        return self.true() + self.skew

    def advance(self, by=None, **parts):
        self.true.advance(by, **parts)
        return self()


@pytest.fixture
def clock():
    return SkewedClock()


@pytest.fixture
async def patreon(clock):
    world = PatreonWorld(seed=3, now=clock.true)
    world.seed_campaign(members=40, posts=5)
    async with PatreonServer(world, limits=Limits.off()) as server:
        yield server


@pytest.fixture
def bot(bot, store, clock):
    """Discord and the machine's own clock know nothing of the jumps."""
    bot.channels.clock = clock.true
    bot.outbox = Outbox(
        store,
        bot.channels,
        clock=clock,
        random=lambda: 0.5,
        alarm=Alarm(clock),
        monotonic=lambda: clock.true().timestamp(),
    )
    return bot


async def event_waits(bot):
    """Somebody joined, and the event was stored."""
    await bot.deliver(*bot.world.join(name="Ada").deliveries)


async def event_was_claimed(bot):
    """A worker that died had the event in hand."""
    await event_waits(bot)
    async with bot.store.write() as work:
        assert await work.events.claim_due(bot.clock(), lease=LEASE, limit=10)


async def event_was_put_off(bot):
    """Patreon was away when the event was processed."""
    bot.world.faults.plan("member", FaultKind.UNAVAILABLE, times=1)
    await event_waits(bot)
    await bot.processor.process_due()


async def change_is_known(bot):
    """The change is stored, its message not sent."""
    await event_waits(bot)
    await bot.processor.process_due()


async def announcement_was_claimed(bot):
    """A worker that died had the announcement in hand."""
    await change_is_known(bot)
    async with bot.store.write() as work:
        assert await work.announcements.claim_due(bot.clock(), lease=LEASE, limit=10)


async def send_was_cut_short_after_its_effect(bot):
    """Discord shows the message, and the bot does not know it."""
    await change_is_known(bot)
    bot.channels.failures_after.append(TORN)
    await bot.outbox.deliver_due()


async def send_was_cut_short_before_its_effect(bot):
    """Discord does not show the message, and the bot does not know that."""
    await change_is_known(bot)
    bot.channels.failures.append(TORN)
    await bot.outbox.deliver_due()


async def message_was_sent(bot):
    """All is done."""
    await change_is_known(bot)
    await bot.outbox.deliver_due()


MOMENTS = (
    event_waits,
    event_was_claimed,
    event_was_put_off,
    change_is_known,
    announcement_was_claimed,
    send_was_cut_short_after_its_effect,
    send_was_cut_short_before_its_effect,
    message_was_sent,
)


@pytest.fixture
def moment(request):
    return request.param


def _matrix():
    sample = [("a day back", event_was_claimed), ("a day ahead", announcement_was_claimed)]
    cases = [pytest.param("sqlite", *case, id=f"{case[0]}-{case[1].__name__}") for case in sample]
    cases += [
        pytest.param(
            database,
            jump,
            moment,
            id=f"whole-{database}-{jump}-{moment.__name__}",
            marks=pytest.mark.proof,
        )
        for database in ("sqlite", "postgresql")
        for jump in JUMPS
        for moment in MOMENTS
    ]
    return pytest.mark.parametrize(
        ("database", "jump", "moment"), cases, indirect=["database", "moment"]
    )


@_matrix()
async def test_a_change_is_told_once_although_the_clock_jumps(bot, jump, moment):
    await bot.take_stock()
    await moment(bot)

    bot.clock.skew = JUMPS[jump]
    await _go_on(bot)
    # It is put right again, and Patreon repeats itself.
    bot.clock.skew = timedelta()
    ada = next(member for member in bot.world.members() if member.full_name == "Ada")
    await bot.happen(bot.world.put_member(ada, "members:update"))
    await _go_on(bot)

    assert bot.titles() == ["Ada joined"]
    assert await _letters(bot) == {LetterState.DONE}
    async with bot.store.read() as work:
        assert (await work.announcements.backlog(None)).waiting == 0


@_matrix()
async def test_a_change_is_told_once_although_the_clock_was_wrong_before(bot, jump, moment):
    await bot.take_stock()
    bot.clock.skew = JUMPS[jump]
    await moment(bot)

    bot.clock.skew = timedelta()
    await _go_on(bot)

    assert bot.titles() == ["Ada joined"]
    assert await _letters(bot) == {LetterState.DONE}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("jump", sampled(JUMPS, ["a day back"]))
async def test_a_life_is_told_step_by_step_although_the_clock_jumps_at_each(bot, jump):
    await bot.take_stock()
    low, high = sorted(
        (t for t in bot.world.tiers() if t.amount_cents), key=lambda t: t.amount_cents
    )[:2]
    ada = bot.world.join(low, name="Ada", webhook=False).member.id

    for number, act in enumerate(
        (
            lambda: bot.world.upgrade(ada, high),
            lambda: bot.world.decline(ada),
            lambda: bot.world.recover(ada),
            lambda: bot.world.cancel(ada),
        )
    ):
        if not number:
            await bot.sync.run(bot.campaign_id)
        bot.clock.skew = JUMPS[jump] if number % 2 else timedelta()
        await bot.happen(act())
        await _go_on(bot)

    assert bot.titles() == [
        "Ada joined",
        "Ada upgraded",
        "Ada's payment was declined",
        "Ada's payment went through",
        "Ada cancelled",
    ]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("jump", sampled(JUMPS, ["a day back"]))
async def test_many_events_cost_few_syncs_although_the_clock_jumps(bot, jump):
    await bot.take_stock()
    for number in range(60):
        await bot.deliver(*bot.world.join(name=f"Patron {number}").deliveries)
    before = _asked(bot, "members")

    bot.clock.skew = JUMPS[jump]
    await _go_on(bot)

    assert sorted(bot.titles()) == sorted(f"Patron {number} joined" for number in range(60))
    # One for each round, and a few for the events.
    assert _asked(bot, "members") - before <= ROUNDS + 3
    assert await _letters(bot) == {LetterState.DONE}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("jump", sampled(FAR_JUMPS, ["40 days back"]))
async def test_tokens_are_renewed_when_they_must_be_although_the_clock_jumps(bot, jump):
    await bot.take_stock()
    first = bot.world.creator_token
    bot.world.tokens.expire_access(first)
    await bot.sync.run(bot.campaign_id)

    bot.clock.skew = FAR_JUMPS[jump]
    for _ in range(4):
        # Longer than a pair lives at Patreon, by either clock.
        bot.clock.advance(days=16)
        report = await bot.sync.run(bot.campaign_id)

        assert report.failures == ()
    async with bot.store.read() as work:
        assert (await work.creators.all())[0].token_state == "ok"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("jump", sampled(JUMPS, ["a day back"]))
async def test_a_renewal_that_failed_is_tried_again_soon_although_the_clock_jumps(bot, jump):
    await bot.take_stock()
    bot.world.tokens.expire_access(bot.world.creator_token)
    bot.world.faults.plan("token", FaultKind.UNAVAILABLE, times=1)
    assert (await bot.sync.run(bot.campaign_id)).failures

    bot.clock.skew = JUMPS[jump]
    bot.clock.advance(minutes=2)

    assert (await bot.sync.run(bot.campaign_id)).failures == ()


async def _go_on(bot):
    """Let some hours pass, with a round every half an hour."""
    for _ in range(ROUNDS):
        bot.clock.advance(minutes=30)
        await bot.rounds.make_round()
        await bot.settle()


async def _letters(bot):
    async with bot.store.read() as work:
        page = await work.letters.page(LetterQuery(state=None, limit=1_000))
    return {letter.state for letter in page.letters}


def _asked(bot, route):
    return sum(1 for request in bot.server.requests if request.route == route)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("jump", sampled(JUMPS, ["an hour ahead"]))
async def test_who_left_in_silence_is_noticed_once_although_the_clock_jumps(bot, jump):
    member = bot.world.join(kind="free", name="Ada", webhook=False).member
    await bot.take_stock()
    bot.world.delete(member, webhook=False)

    bot.clock.skew = JUMPS[jump]
    await _go_on(bot)
    await _go_on(bot)

    assert bot.titles() == ["Ada left"]
