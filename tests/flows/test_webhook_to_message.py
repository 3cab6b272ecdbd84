"""A signed webhook becomes one message per change, however it arrives."""

import json
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.changes import Kind
from core.errors import TemporaryError
from core.inbox import Delivery
from core.members import Status
from sandbox.patreon import FaultKind
from tests.factories import replace_links


async def test_a_join_is_one_message_whatever_number_of_webhooks_tell_of_it(bot):
    await bot.take_stock()

    event = bot.world.join(name="Ada")
    await bot.happen(event)

    assert len(event.deliveries) > 1
    assert bot.titles() == ["Ada joined"]


@pytest.mark.parametrize("kind", ["paid", "free", "gift", "trial", "annual"])
async def test_every_way_in_is_welcomed_once(bot, kind):
    await bot.take_stock()

    await bot.happen(bot.world.join(kind=kind, name="Ada"))

    assert bot.titles() == ["Ada joined"]


async def test_a_life_from_join_to_return_is_told_step_by_step(bot):
    await bot.take_stock()
    low, high = sorted((t for t in bot.world.tiers() if t.amount_cents), key=_cents)[:2]
    member = bot.world.join(low, name="Ada", webhook=False).member.id

    await bot.sync.run(bot.campaign_id)
    await bot.settle()
    await bot.happen(bot.world.upgrade(member, high))
    await bot.happen(bot.world.decline(member))
    await bot.happen(bot.world.recover(member))
    await bot.happen(bot.world.cancel(member))
    await bot.happen(bot.world.end(member))
    await bot.happen(bot.world.come_back(member, low))

    assert bot.titles() == [
        "Ada joined",
        "Ada upgraded",
        "Ada's payment was declined",
        "Ada's payment went through",
        "Ada cancelled",
        "Ada's membership ended",
        "Ada is back",
    ]
    async with bot.store.read() as work:
        history = await work.changes.of_member(member, limit=20)
    assert [change.kind for change, _ in history][::-1] == [
        Kind.JOINED,
        Kind.UPGRADED,
        Kind.DECLINED,
        Kind.RECOVERED,
        Kind.CANCELLED,
        Kind.ENDED,
        Kind.RETURNED,
    ]


async def test_a_repeated_or_late_event_announces_nothing(bot):
    await bot.take_stock()
    event = bot.world.join(name="Ada")
    await bot.happen(event)

    bot.clock.advance(days=7)
    await bot.happen(event)

    assert bot.titles() == ["Ada joined"]


async def test_there_and_back_again_is_told_each_time(bot):
    await bot.take_stock()
    low, high = sorted((t for t in bot.world.tiers() if t.amount_cents), key=_cents)[:2]
    member = bot.world.join(low, name="Ada", webhook=False).member.id
    await bot.sync.run(bot.campaign_id)

    await bot.happen(bot.world.upgrade(member, high))
    await bot.happen(bot.world.downgrade(member, low))
    await bot.happen(bot.world.upgrade(member, high))

    assert bot.titles() == ["Ada joined", "Ada upgraded", "Ada changed tier", "Ada upgraded"]


async def test_an_empty_tier_list_in_a_webhook_ends_nothing(bot):
    await bot.take_stock()
    member = bot.world.join(name="Ada", webhook=False).member.id
    await bot.sync.run(bot.campaign_id)
    bot.world.quirks.empty_tiers_in_hooks = True
    bot.world.quirks.empty_tiers_in_api = True

    await bot.happen(bot.world.rename(member, "Ada Lovelace"))

    assert bot.titles() == ["Ada joined"]


async def test_a_member_who_left_is_told_from_what_the_api_no_longer_has(bot):
    await bot.take_stock()
    member = bot.world.join(kind="free", name="Ada").member
    await bot.sync.run(bot.campaign_id)

    await bot.happen(bot.world.delete(member))

    assert bot.titles() == ["Ada joined", "Ada left"]
    async with bot.store.read() as work:
        assert (await work.members.load([member.id]))[member.id].status is Status.GONE


async def test_events_before_the_first_sync_wait_for_it_and_announce_nothing(bot):
    assert await bot.sync.discover() == []
    event = bot.world.join(name="Ada")
    await bot.happen(event)
    async with bot.store.read() as work:
        assert (await work.events.backlog()).waiting == len(event.deliveries)

    await bot.take_stock()
    bot.clock.advance(seconds=10)
    await bot.settle()

    assert bot.titles() == []
    async with bot.store.read() as work:
        assert (await work.events.backlog()).waiting == 0


@pytest.mark.parametrize(
    "fault",
    [
        FaultKind.TOO_MANY,
        FaultKind.SERVER_ERROR,
        FaultKind.UNAVAILABLE,
        FaultKind.CLOUDFLARE,
        FaultKind.DROP_BEFORE,
        FaultKind.DROP_AFTER,
        FaultKind.TRUNCATED_JSON,
        FaultKind.EMPTY_OBJECT,
    ],
)
async def test_an_event_waits_while_patreon_is_away(bot, fault):
    await bot.take_stock()
    event = bot.world.join(name="Ada")
    bot.world.faults.plan("member", fault, times=4, seconds=0.01)
    await bot.happen(event)
    assert bot.titles() == []

    bot.world.faults.clear()
    for _ in range(10):
        bot.clock.advance(minutes=31)
        await bot.settle()

    assert bot.titles() == ["Ada joined"]


async def test_many_events_at_once_cost_one_sync(bot):
    await bot.take_stock()
    events = [bot.world.join(name=f"Patron {number}") for number in range(60)]
    before = len(bot.server.requests)

    for event in events:
        await bot.deliver(*event.deliveries)
    await bot.settle()
    bot.clock.advance(minutes=10)
    await bot.settle()

    assert Counter(bot.titles()) == {f"Patron {number} joined": 1 for number in range(60)}
    assert len(bot.server.requests) - before < 60


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"\xff\xfe", b'{"data":{"id":null,"type":"member"}}', b"[" * 9999]
)
async def test_signed_junk_is_dealt_with_and_stops_nothing(bot, body):
    await bot.take_stock()
    await bot.store.add_deliveries(
        [Delivery(trigger="members:update", body=body, received_at=bot.clock())]
    )

    await bot.happen(bot.world.join(name="Ada"))

    assert bot.titles() == ["Ada joined"]
    async with bot.store.read() as work:
        assert (await work.events.backlog()).waiting == 0


async def test_a_post_event_brings_the_post_up_to_date(bot):
    await bot.take_stock()
    async with bot.store.read() as work:
        before = await work.posts.count([bot.campaign_id])

    event = bot.world.publish_post(title="News")
    await bot.happen(event)
    async with bot.store.read() as work:
        assert await work.posts.count([bot.campaign_id]) == before + 1
    await bot.happen(bot.world.delete_post(event.post.id))

    async with bot.store.read() as work:
        assert await work.posts.count([bot.campaign_id]) == before


async def test_a_backlog_of_hundreds_ends_in_a_single_sync(bot):
    await bot.take_stock()
    members = [bot.world.join(name=f"Patron {n}", webhook=False).member for n in range(41)]
    events = [
        Delivery(
            trigger="members:update",
            body=json.dumps(bot.world.member_document(member)).encode(),
            received_at=bot.clock(),
        )
        for member in members * 15
    ]
    await bot.store.add_deliveries(events)
    bot.clock.advance(seconds=1)
    before = len(bot.server.requests)

    taken = await bot.processor.process_due()

    assert taken == len(events)
    pages = [r for r in list(bot.server.requests)[before:] if r.path.endswith("/members")]
    assert len(pages) == 1
    async with bot.store.read() as work:
        assert (await work.events.backlog()).waiting == 0


async def test_a_full_inbox_refuses_instead_of_growing(store, clock):
    from core.accept import Inbox

    inbox = Inbox(store, on_stored=lambda: None, capacity=0)

    with pytest.raises(TemporaryError):
        await inbox.accept(Delivery(trigger="x", body=b"", received_at=clock()))


async def test_a_second_guild_gets_its_own_message(bot):
    await bot.take_stock()
    async with bot.store.write() as work:
        links = [
            *await work.links.all(),
            (await work.links.all())[0].__class__(
                guild_id=2, campaign_id=bot.campaign_id, feed_channel_id=30
            ),
        ]
        await replace_links(work, links, at=bot.clock())

    await bot.happen(bot.world.join(name="Ada"))

    assert bot.channels.titles(10) == bot.channels.titles(30) == ["Ada joined"]


def _examples(count: int):
    return settings(
        max_examples=count,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@_examples(10)
@given(seed=st.integers(0, 2**32))
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_duplicated_and_reordered_webhooks_tell_each_change_once(bot, seed):
    told, expected = await _live_in_disorder(bot, seed)

    assert told == expected


@pytest.mark.proof
@pytest.mark.timeout(600)
@_examples(150)
@given(seed=st.integers(0, 2**32))
async def test_duplicated_and_reordered_webhooks_tell_each_change_once_at_length(bot, seed):
    told, expected = await _live_in_disorder(bot, seed)

    assert told == expected


async def _live_in_disorder(bot, seed):
    """Deliver a life in disorder; gives what was told and what should have been."""
    chance = random.Random(seed)
    if not bot.channels.calls:
        await bot.take_stock()
    start = len(bot.titles())
    low, high = sorted((t for t in bot.world.tiers() if t.amount_cents), key=_cents)[:2]
    name = f"Patron {seed}"
    event = bot.world.join(low, name=name)
    pending = list(event.deliveries)
    told = [f"{name} joined"]
    for act, title in (
        (lambda: bot.world.upgrade(event.member.id, high), f"{name} upgraded"),
        (lambda: bot.world.decline(event.member.id), f"{name}'s payment was declined"),
        (lambda: bot.world.recover(event.member.id), f"{name}'s payment went through"),
    ):
        pending *= chance.choice((1, 2))
        chance.shuffle(pending)
        await bot.deliver(*pending)
        await bot.settle()
        pending = pending[: chance.randrange(3)] + list(act().deliveries)
        told.append(title)
    await bot.deliver(*pending)
    await bot.settle()

    return bot.titles()[start:], told


def _cents(tier) -> int:
    return tier.amount_cents
