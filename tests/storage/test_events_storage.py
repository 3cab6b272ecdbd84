"""The inbox: accepted once, claimed by one, done or parked."""

from datetime import timedelta

import pytest

from core.queues import Backlog
from tests.factories import NOW, delivery, hook

LEASE = timedelta(minutes=2)


async def claim(store, at, limit=10):
    async with store.write() as work:
        return await work.events.claim_due(at, lease=LEASE, limit=limit)


async def next_due(store):
    async with store.read() as work:
        return await work.events.next_due()


async def test_a_delivery_comes_out_as_it_came_in(store, clock):
    async with store.write() as work:
        hook_id = await work.hooks.save(hook())
    raw = b"\x00\xff not JSON"
    await store.add_deliveries(
        [delivery(body=raw, hook_id=hook_id), delivery(trigger="members:pledge:create")]
    )

    first, second = await claim(store, clock())

    assert (first.body, first.campaign_id, first.received_at) == (raw, "1001", NOW)
    assert (second.trigger, second.campaign_id, second.attempts) == (
        "members:pledge:create", None, 1,
    )  # fmt: skip


async def test_equal_deliveries_are_kept_apart(store, clock):
    await store.add_deliveries([delivery(), delivery()])
    await store.add_deliveries([delivery()])

    assert len(await claim(store, clock())) == 3


async def test_no_deliveries_are_no_work(store):
    await store.add_deliveries([])

    assert await next_due(store) is None


async def test_the_oldest_events_are_claimed_first_and_only_when_due(store, clock):
    late, early = NOW + timedelta(seconds=5), NOW - timedelta(seconds=5)
    times = (NOW, late, early)
    await store.add_deliveries([delivery(received_at=at, body=str(at).encode()) for at in times])

    found = await claim(store, clock(), limit=2)

    assert [event.received_at for event in found] == [early, NOW]
    assert await claim(store, clock()) == []
    assert await next_due(store) == late


async def test_a_claim_that_died_can_be_claimed_when_its_lease_is_over(store, clock):
    await store.add_deliveries([delivery()])
    await claim(store, clock())

    assert await next_due(store) == NOW + LEASE
    assert await claim(store, clock.advance(LEASE - timedelta(seconds=1))) == []
    again = await claim(store, clock.advance(seconds=1))
    assert [event.attempts for event in again] == [2]


async def test_leases_can_be_released(store, clock):
    await store.add_deliveries([delivery(), delivery()])
    await claim(store, clock(), limit=1)

    async with store.write() as work:
        released = await work.events.release_leases()

    assert released == 1
    assert await next_due(store) == NOW
    assert len(await claim(store, clock())) == 2


async def test_what_is_finished_never_comes_back(store, clock):
    await store.add_deliveries([delivery()])
    (event,) = await claim(store, clock())

    async with store.write() as work:
        await work.events.finish([event.id], at=clock(), note="no difference")

    assert await next_due(store) is None
    assert await claim(store, clock.advance(days=9)) == []


async def test_what_is_retried_comes_back_when_due(store, clock):
    await store.add_deliveries([delivery()])
    (event,) = await claim(store, clock())
    later = NOW + timedelta(minutes=10)

    async with store.write() as work:
        await work.events.retry([event.id], due_at=later, reason="Patreon is away.")

    assert await next_due(store) == later
    assert await claim(store, later - timedelta(seconds=1)) == []
    assert len(await claim(store, later)) == 1


async def test_the_backlog_tells_of_what_waits_and_why_things_are_parked(store, clock):
    await store.add_deliveries([delivery(received_at=NOW - timedelta(hours=i)) for i in (3, 2, 1)])
    first, second, _ = await claim(store, clock())
    for event, reason in ((first, "Unreadable."), (second, "Still unreadable.")):
        async with store.write() as work:
            await work.events.park([event.id], reason=reason)
        clock.advance(seconds=1)

    async with store.read() as work:
        backlog = await work.events.backlog()

    assert backlog == Backlog(
        waiting=1, parked=2, oldest=NOW - timedelta(hours=1), reason="Still unreadable."
    )


async def test_the_backlog_tells_why_what_waits_was_put_off(store, clock):
    await store.add_deliveries([delivery(), delivery(), delivery()])
    first, second, _ = await claim(store, clock())
    async with store.write() as work:
        for event, minutes in ((first, 2), (second, 1)):
            due_at = NOW + timedelta(minutes=minutes)
            await work.events.retry([event.id], due_at=due_at, reason=f"In {minutes}.")

    async with store.read() as work:
        backlog = await work.events.backlog()

    assert backlog == Backlog(waiting=3, oldest=NOW, failure="In 2.")


@pytest.mark.parametrize("campaign_ids", [["1001"], ["1001", "1002"]])
async def test_the_backlog_of_campaigns_gives_no_reason_of_others(store, clock, campaign_ids):
    await store.add_deliveries([delivery() for _ in range(5)])
    own, own_parked, other, other_parked, nobodys = await claim(store, clock())
    later = clock() + timedelta(minutes=1)
    async with store.write() as work:
        for event, whose in ((own, "1001"), (other, "9")):
            await work.events.retry([event.id], due_at=later, reason=whose, campaign_id=whose)
        for event, whose in ((own_parked, "1001"), (other_parked, "9")):
            await work.events.park([event.id], reason=whose, campaign_id=whose)
        await work.events.retry([nobodys.id], due_at=later, reason="nobody's")

    async with store.read() as work:
        backlog = await work.events.backlog(campaign_ids)
        nothing = await work.events.backlog([])

    assert backlog == Backlog(waiting=2, parked=1, oldest=NOW, reason="1001", failure="1001")
    assert nothing == Backlog(waiting=1, oldest=NOW)


async def test_an_empty_inbox_has_no_backlog(store):
    async with store.read() as work:
        assert await work.events.backlog() == Backlog()


async def test_the_newest_delivery_is_known(store):
    async with store.read() as work:
        assert await work.hooks.last_delivery() is None
    await store.add_deliveries([delivery(), delivery(received_at=NOW + timedelta(hours=1))])

    async with store.read() as work:
        assert await work.hooks.last_delivery() == NOW + timedelta(hours=1)
