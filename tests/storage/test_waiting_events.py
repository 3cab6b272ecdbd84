"""Which events are not dealt with yet."""

from datetime import timedelta

from tests.factories import NOW, delivery


async def test_waiting_events_are_those_not_dealt_with_claimed_ones_too(store):
    bodies = [b"claimed", b"finished", b"parked", b"put off"]
    await store.add_deliveries([delivery(body=body) for body in bodies])
    async with store.write() as work:
        claimed = await work.events.claim_due(NOW, lease=timedelta(minutes=2), limit=9)
        ids = {event.body: event.id for event in claimed}
        await work.events.finish([ids[b"finished"]], at=NOW, note="done")
        await work.events.park([ids[b"parked"]], reason="broken")
        await work.events.retry([ids[b"put off"]], due_at=NOW + timedelta(hours=1), reason="away")

    async with store.read() as work:
        waiting = await work.events.waiting(limit=9)
        one = await work.events.waiting(limit=1)

    assert {event.body for event in waiting} == {b"claimed", b"put off"}
    assert {event.trigger for event in waiting} == {"members:update"}
    assert len(one) == 1
