"""Webhooks in every disorder: repeated, reordered, kept back, lost, a week late.

What the bot records and tells must be the differences between the states that it could see, each
once: they are computed here from the states themselves, whatever order the webhooks came in.
"""

import random
from dataclasses import dataclass, field

import pytest

from core.changes import Kind, as_gone, compare, settle
from core.letter_box import LetterQuery, LetterState
from core.members import Member
from sandbox.patreon import Kind as Entry
from tests.end_to_end.matrix import sampled


@dataclass
class Life:
    """One member's life, told step by step; `expected` is what was to be seen of it."""

    bot: object
    member_id: str = ""
    seen: Member | None = None
    expected: list[Kind] = field(default_factory=list)
    sent: list = field(default_factory=list)

    def _low_and_high(self):
        tiers = [tier for tier in self.bot.world.tiers() if tier.amount_cents]
        return sorted(tiers, key=lambda tier: tier.amount_cents)[:2]

    def there_and_back(self):
        """A → B → A: the bodies of the first and the third state may be equal."""
        low, high = self._low_and_high()
        yield self._join(low)
        yield self.bot.world.upgrade(self.member_id, high)
        yield self.bot.world.downgrade(self.member_id, low)
        yield self.bot.world.upgrade(self.member_id, high)
        yield self.bot.world.downgrade(self.member_id, low)

    def declined_and_recovered(self):
        yield self._join(self._low_and_high()[0])
        for _ in range(2):
            yield self.bot.world.decline(self.member_id)
            yield self.bot.world.recover(self.member_id)

    def gone_and_back(self):
        low, high = self._low_and_high()
        yield self._join(low)
        yield self.bot.world.cancel(self.member_id)
        yield self.bot.world.end(self.member_id)
        yield self.bot.world.come_back(self.member_id, low)
        yield self.bot.world.upgrade(self.member_id, high)

    def free_and_deleted(self):
        yield self._join(None, kind=Entry.FREE)
        yield self.bot.world.rename(self.member_id, "Ada Lovelace")
        yield self.bot.world.delete(self.member_id)

    def gift_then_patron(self):
        low, high = self._low_and_high()
        yield self._join(low, kind=Entry.GIFT)
        yield self.bot.world.upgrade(self.member_id, high)
        yield self.bot.world.cancel(self.member_id, at_once=True)

    def _join(self, tier, *, kind=Entry.PAID):
        event = self.bot.world.join(tier, kind=kind, name="Ada")
        self.member_id = event.member.id
        return event

    async def deliver(self, deliveries):
        """Deliver, and let the bot see what is true now."""
        if not deliveries:
            return
        await self.bot.deliver(*deliveries)
        await self.bot.settle()
        await self.see()

    async def sync(self):
        await self.bot.sync.run(self.bot.campaign_id)
        await self.bot.settle()
        await self.see()

    async def see(self):
        """Compare what is true now with what was seen last."""
        read = await self.bot.clients(1).member(self.member_id)
        if read is None and self.seen is None:
            return
        now = as_gone(self.seen) if read is None else settle(self.seen, read.member)
        async with self.bot.store.read() as work:
            tiers = await work.campaigns.tiers(self.bot.campaign_id)
        self.expected += [change.kind for change in compare(self.seen, now, tiers)]
        self.seen = now

    async def recorded(self):
        async with self.bot.store.read() as work:
            history = await work.changes.of_member(self.member_id, limit=100)
        return [change.kind for change, _ in reversed(history)]


LIVES = {
    life.__name__: life
    for life in (
        Life.there_and_back,
        Life.declined_and_recovered,
        Life.gone_and_back,
        Life.free_and_deleted,
        Life.gift_then_patron,
    )
}


async def in_order(life, acts):
    for event in acts:
        await life.deliver(event.deliveries)


async def last_before_first(life, acts):
    for event in acts:
        await life.deliver(event.deliveries[::-1])


async def each_twice(life, acts):
    for event in acts:
        await life.deliver(event.deliveries * 2)


async def one_by_one_and_again(life, acts):
    for event in acts:
        for delivery in event.deliveries:
            await life.deliver([delivery])
            await life.deliver([delivery])


async def with_all_before(life, acts):
    for event in acts:
        life.sent += event.deliveries
        await life.deliver(life.sent)


async def one_step_behind(life, acts):
    kept = []
    for event in acts:
        await life.deliver(kept)
        kept = list(event.deliveries)
    await life.deliver(kept)


async def all_at_the_end(life, acts):
    await life.deliver([delivery for event in acts for delivery in event.deliveries])


async def all_at_the_end_backwards(life, acts):
    events = list(acts)
    await life.deliver([d for event in reversed(events) for d in reversed(event.deliveries)])


async def only_the_last(life, acts):
    await life.deliver(list(acts)[-1].deliveries[-1:])


async def after_a_sync(life, acts):
    for event in acts:
        await life.sync()
        await life.deliver(event.deliveries)


async def every_other_lost(life, acts):
    for number, event in enumerate(acts):
        await life.deliver(() if number % 2 else event.deliveries)
    await life.sync()


async def a_week_late_and_shuffled(life, acts):
    kept = []
    for event in acts:
        await life.deliver(event.deliveries)
        kept += event.deliveries
    life.bot.clock.advance(weeks=1)
    random.Random(1).shuffle(kept)
    for delivery in kept:
        await life.deliver([delivery])


async def every_other_a_week_late(life, acts):
    kept = []
    for number, event in enumerate(acts):
        await life.deliver(() if number % 2 else event.deliveries)
        kept += event.deliveries if number % 2 else ()
    life.bot.clock.advance(weeks=1)
    await life.deliver(kept[::-1])


ORDERS = {
    order.__name__: order
    for order in (
        in_order,
        last_before_first,
        each_twice,
        one_by_one_and_again,
        with_all_before,
        one_step_behind,
        all_at_the_end,
        all_at_the_end_backwards,
        only_the_last,
        after_a_sync,
        every_other_lost,
        a_week_late_and_shuffled,
        every_other_a_week_late,
    )
}
CASES = [f"{life}-{order}" for life in LIVES for order in ORDERS]
SAMPLE = [
    "there_and_back-every_other_a_week_late",
    "declined_and_recovered-one_by_one_and_again",
    "gone_and_back-a_week_late_and_shuffled",
    "free_and_deleted-all_at_the_end_backwards",
]


@pytest.mark.parametrize("database", sampled(["postgresql"], ["sqlite"]), indirect=True)
@pytest.mark.parametrize("case", sampled(CASES, SAMPLE))
async def test_each_change_that_could_be_seen_is_told_once(bot, case):
    life_name, order = case.split("-")
    await bot.take_stock()
    life = Life(bot)

    await ORDERS[order](life, LIVES[life_name](life))

    assert await life.recorded() == life.expected
    assert len(bot.titles()) == len(life.expected)
    async with bot.store.read() as work:
        page = await work.letters.page(LetterQuery(state=None, limit=1_000))
        known = (await work.members.load([life.member_id])).get(life.member_id)
        assert (await work.announcements.backlog(None)).waiting == 0
    assert {letter.state for letter in page.letters} == {LetterState.DONE}
    if life.seen is None:
        assert known is None
    else:
        assert (known.status, known.tier_ids) == (life.seen.status, life.seen.tier_ids)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("life_name", "kinds"),
    [
        pytest.param("there_and_back", "joined upgraded downgraded upgraded downgraded"),
        pytest.param(
            "declined_and_recovered",
            "joined declined recovered declined recovered",
            marks=pytest.mark.proof,
        ),
        pytest.param(
            "gone_and_back", "joined cancelled ended returned upgraded", marks=pytest.mark.proof
        ),
        pytest.param("free_and_deleted", "joined deleted", marks=pytest.mark.proof),
    ],
)
async def test_what_is_expected_of_a_life_in_order_is_its_every_step(bot, life_name, kinds):
    await bot.take_stock()
    life = Life(bot)

    await in_order(life, LIVES[life_name](life))

    assert [kind.value for kind in life.expected] == kinds.split()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", sampled([str(seed) for seed in range(20)], ["1"]))
async def test_lives_that_run_into_each_other_are_told_apart(bot, seed):
    chance = random.Random(int(seed))
    await bot.take_stock()
    lives = [Life(bot) for _ in LIVES]
    running = {name: make(life) for life, (name, make) in zip(lives, LIVES.items(), strict=True)}
    kept = []
    while running:
        name = chance.choice(sorted(running))
        event = next(running[name], None)
        if event is None:
            del running[name]
            continue
        kept += list(event.deliveries) * chance.choice((0, 1, 1, 2))
        chance.shuffle(kept)
        if chance.random() < 0.5:
            count = chance.randrange(len(kept) + 1)
            await _deliver_of_many(bot, lives, kept[:count])
            kept = kept[chance.randrange(count + 1) :]
    await bot.sync.run(bot.campaign_id)
    await bot.settle()
    for life in lives:
        await life.see()

    for life in lives:
        assert await life.recorded() == life.expected
    assert len(bot.titles()) == sum(len(life.expected) for life in lives)


async def _deliver_of_many(bot, lives, deliveries):
    """Deliver; only those are looked at again whom a webhook tells of."""
    await bot.deliver(*deliveries)
    await bot.settle()
    for life in lives:
        if life.member_id and any(life.member_id.encode() in d.body for d in deliveries):
            await life.see()
