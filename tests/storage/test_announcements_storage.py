"""The outbox: what is claimed, in which order, and how it ends."""

import asyncio
from datetime import timedelta

import pytest

from core.announcements import Wanted
from core.cards import Fact, Tone
from core.queues import Backlog
from tests.factories import NOW, card, change, save_link

LEASE = timedelta(minutes=2)


@pytest.fixture
async def link_id(store):
    return (await save_link(store)).id


@pytest.fixture
def add(store, link_id):
    async def add(title="Card", *, channel_id=7001, at=NOW, change_id=None):
        async with store.write() as work:
            return await work.announcements.add(
                card(title=title), channel_id=channel_id, link_id=link_id,
                change_id=change_id, at=at,
            )  # fmt: skip

    return add


async def claim(store, at, limit=10):
    async with store.write() as work:
        return await work.announcements.claim_due(at, lease=LEASE, limit=limit)


async def titles(store, at, limit=10):
    return [one.shows.title for one in await claim(store, at, limit)]


async def next_due(store):
    async with store.read() as work:
        return await work.announcements.next_due()


async def test_a_card_comes_out_as_it_came_in(store, link_id, clock):
    full = card(
        tone=Tone.WARNING,
        text="Zoë 🦊",
        facts=(Fact(name="Tier", text="Friend"), Fact(name="Until", moment=NOW)),
        url="https://example.org/x",
    )
    async with store.write() as work:
        added = await work.announcements.add(
            full, channel_id=7001, link_id=link_id, change_id=None, at=NOW
        )

    (found,) = await claim(store, clock())

    assert added
    assert found.shows == full
    assert (found.channel_id, found.wanted, found.version, found.shown_version) == (
        7001, Wanted.SHOWN, 1, 0,
    )  # fmt: skip
    assert (found.message_id, found.send_started_at, found.attempts, found.created_at) == (
        None, None, 1, NOW,
    )  # fmt: skip


async def test_a_change_is_announced_once_per_channel(store, add, clock):
    async with store.write() as work:
        (change_id,) = await work.changes.add([change()], at=NOW)

    added = [
        await add("first", change_id=change_id),
        await add("again", change_id=change_id),
        await add("elsewhere", change_id=change_id, channel_id=7002),
    ]

    assert added == [True, False, True]
    assert await titles(store, clock()) == ["first", "elsewhere"]


async def test_announcements_without_a_change_are_all_kept(store, add, clock):
    assert await add("one", channel_id=7001)
    assert await add("two", channel_id=7001)


async def test_each_channel_gives_its_oldest_only(store, add, clock):
    for title, channel in (("a1", 7001), ("a2", 7001), ("b1", 7002), ("b2", 7002)):
        await add(title, channel_id=channel)

    assert await titles(store, clock()) == ["a1", "b1"]
    assert await titles(store, clock()) == []


async def test_the_next_of_a_channel_follows_when_the_oldest_is_shown(store, add, clock):
    await add("a1")
    await add("a2")
    (first,) = await claim(store, clock())

    async with store.write() as work:
        await work.announcements.note_shown(first.id, message_id=91, version=1, at=clock())

    assert await titles(store, clock()) == ["a2"]


async def test_a_channel_waits_for_its_oldest_even_when_that_is_due_later(store, add, clock):
    await add("a1")
    await add("a2")
    (first,) = await claim(store, clock())
    later = NOW + timedelta(minutes=5)

    async with store.write() as work:
        await work.announcements.retry(first.id, due_at=later, reason="429", forget_start=True)

    assert await titles(store, NOW + timedelta(minutes=4)) == []
    assert await next_due(store) == later
    assert await titles(store, later) == ["a1"]


async def test_a_parked_announcement_does_not_block_its_channel(store, add, clock):
    await add("a1")
    await add("a2")
    (first,) = await claim(store, clock())

    async with store.write() as work:
        await work.announcements.park(first.id, reason="The channel is gone.")
        backlog = await work.announcements.backlog()

    assert await titles(store, clock()) == ["a2"]
    assert backlog == Backlog(waiting=1, parked=1, oldest=NOW, reason="The channel is gone.")


async def test_a_limit_takes_those_that_have_been_due_longest(store, add, clock):
    await add("young", channel_id=7001, at=NOW)
    await add("old", channel_id=7002, at=NOW - timedelta(hours=1))

    assert await titles(store, clock(), limit=1) == ["old"]


async def test_a_killed_claim_can_be_claimed_when_its_lease_is_over(store, add, clock):
    await add("a1")
    await claim(store, clock())

    assert await next_due(store) == NOW + LEASE
    assert await claim(store, NOW + LEASE - timedelta(seconds=1)) == []
    (again,) = await claim(store, NOW + LEASE)
    assert again.attempts == 2


async def test_leases_can_be_released(store, add, clock):
    await add("a1", at=NOW - timedelta(minutes=1))
    await claim(store, clock())

    async with store.write() as work:
        released = await work.announcements.release_leases()
        again = await work.announcements.release_leases()

    assert (released, again) == (1, 0)
    assert await next_due(store) == NOW - timedelta(minutes=1)


async def test_concurrent_claims_share_the_channels_between_them(store, add, clock):
    for channel in range(1, 21):
        await add(f"c{channel}", channel_id=channel)

    found = await asyncio.gather(*(claim(store, clock(), limit=5) for _ in range(4)))

    claimed = [one.id for claims in found for one in claims]
    assert len(claimed) == len(set(claimed))
    rest = await claim(store, clock(), limit=100)
    assert len(claimed) + len(rest) == 20


async def test_what_is_shown_is_done(store, add, clock):
    await add()
    (first,) = await claim(store, clock())

    async with store.write() as work:
        await work.announcements.note_shown(first.id, message_id=91, version=1, at=clock())
        backlog = await work.announcements.backlog()

    assert await next_due(store) is None
    assert backlog == Backlog()


async def test_showing_an_older_version_leaves_it_due(store, add, clock):
    await add()
    (first,) = await claim(store, clock())

    async with store.write() as work:
        await work.announcements.note_shown(first.id, message_id=91, version=0, at=clock())

    (again,) = await claim(store, clock())
    assert (again.message_id, again.shown_version, again.send_started_at) == (91, 0, None)


async def test_the_first_start_of_a_send_is_kept_until_its_outcome_is_known(store, add, clock):
    await add()
    (first,) = await claim(store, clock())

    async with store.write() as work:
        await work.announcements.mark_started(first.id, at=NOW)
        await work.announcements.mark_started(first.id, at=NOW + timedelta(seconds=9))
        await work.announcements.retry(first.id, due_at=NOW, reason="cut")
    (cut,) = await claim(store, clock())
    async with store.write() as work:
        await work.announcements.retry(first.id, due_at=NOW, reason="refused", forget_start=True)
    (refused,) = await claim(store, clock())

    assert cut.send_started_at == NOW
    assert refused.send_started_at is None


async def test_a_send_starts_alone_when_nothing_waits_behind_it_in_its_channel(store, add, clock):
    for channel_id in (7001, 7002, 7002, 7003):
        await add(channel_id=channel_id)
    lone, head, last = await claim(store, clock())

    async with store.write() as work:
        started = [
            await work.announcements.start_alone(one.id, at=NOW) for one in (lone, head, last)
        ]
        again = await work.announcements.start_alone(lone.id, at=clock())

    async with store.read() as work:
        queues = [
            await work.announcements.queue(one.channel_id, first_id=one.id, limit=9)
            for one in (lone, head, last)
        ]
    assert (started, again) == ([True, False, True], False)
    assert [queue[0].send_started_at for queue in queues] == [NOW, None, NOW]


async def test_what_is_done_does_not_wait_behind_a_send(store, add, clock):
    await add()
    await add()
    (first,) = await claim(store, clock())
    async with store.write() as work:
        _, second = await work.announcements.queue(7001, first_id=first.id, limit=9)
        await work.announcements.note_shown(second.id, message_id=91, version=1, at=NOW)

        assert await work.announcements.start_alone(first.id, at=NOW)


async def test_the_backlog_of_a_guild_is_its_own(store, add):
    await add()

    async with store.read() as work:
        own = await work.announcements.backlog(6001)
        other = await work.announcements.backlog(6002)

    assert (own.waiting, other) == (1, Backlog())


async def test_nothing_waits_in_an_empty_outbox(store):
    assert await next_due(store) is None
