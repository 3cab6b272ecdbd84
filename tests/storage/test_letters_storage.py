"""The inbox as people see it: scoped lists, second chances, and bodies that are deleted."""

from datetime import timedelta

import pytest

from core.letter_box import LetterQuery, LetterState
from tests.factories import NOW, delivery, hook

LEASE = timedelta(minutes=2)


async def arrive(store, *deliveries):
    """Store deliveries and claim them; gives their ids, oldest first."""
    await store.add_deliveries(deliveries)
    async with store.write() as work:
        claimed = await work.events.claim_due(NOW, lease=LEASE, limit=100)
    return [event.id for event in claimed]


async def one_of_each(store):
    """An event of each state and of two campaigns, in the order of `LetterState`."""
    parked, waiting, done, discarded = await arrive(store, *[delivery()] * 4)
    async with store.write() as work:
        events, letters = work.events, work.letters
        await events.park([parked, discarded], reason="Unreadable.", campaign_id="1001")
        await events.retry([waiting], due_at=NOW, reason="Patreon is away.", campaign_id="1001")
        await events.finish([done], at=NOW, note="1 announced", campaign_id="2002")
        assert await letters.discard(discarded, at=NOW, by="Ada")
    return parked, waiting, done, discarded


async def page(store, query):
    async with store.read() as work:
        return await work.letters.page(query)


async def ids(store, **query):
    return [letter.id for letter in (await page(store, LetterQuery(**query))).letters]


async def letter_of(store, event_id, campaign_ids=None):
    async with store.read() as work:
        return await work.letters.get(event_id, campaign_ids)


async def body_of(store, event_id):
    async with store.read() as work:
        return await work.letters.body(event_id)


async def test_every_state_is_listed_by_itself_and_all_together_newest_first(store):
    parked, waiting, done, discarded = await one_of_each(store)

    assert await ids(store) == [parked]
    assert await ids(store, state=LetterState.WAITING) == [waiting]
    assert await ids(store, state=LetterState.DONE) == [done]
    assert await ids(store, state=LetterState.DISCARDED) == [discarded]
    assert await ids(store, state=None) == [discarded, done, waiting, parked]


async def test_a_letter_tells_what_became_of_its_event(store, clock):
    parked, waiting, done, discarded = await one_of_each(store)

    found = [await letter_of(store, event) for event in (parked, waiting, done, discarded)]

    assert [letter.state for letter in found] == list(LetterState)
    assert [letter.since for letter in found] == [clock(), None, NOW, NOW]
    assert [letter.reason for letter in found] == [
        "Unreadable.",
        "Patreon is away.",
        "1 announced",
        "Unreadable.",
    ]
    assert [letter.discarded_by for letter in found] == [None, None, None, "Ada"]
    assert [letter.attempts for letter in found] == [1, 1, 1, 1]


async def test_pages_say_whether_there_are_older_ones(store):
    events = await arrive(store, *[delivery()] * 5)

    newest = await page(store, LetterQuery(state=None, limit=2))
    oldest = await page(store, LetterQuery(state=None, limit=2, offset=3))

    assert [letter.id for letter in newest.letters] == [events[4], events[3]]
    assert [letter.id for letter in oldest.letters] == [events[1], events[0]]
    assert (newest.has_more, oldest.has_more) == (True, False)


@pytest.mark.parametrize("campaigns", [("1001",), ("1001", "3003")])
async def test_events_of_other_campaigns_and_of_none_are_hidden(store, campaigns):
    parked, waiting, done, discarded = await one_of_each(store)
    await arrive(store, delivery())

    found = await ids(store, state=None, campaign_ids=campaigns)

    assert found == [discarded, waiting, parked]
    assert await letter_of(store, done, campaigns) is None
    assert await letter_of(store, parked, campaigns) is not None
    assert await ids(store, state=None, campaign_ids=()) == []


async def test_a_claim_notes_the_campaign_of_the_hook_and_a_later_finding_wins(store):
    async with store.write() as work:
        hook_id = await work.hooks.save(hook(campaign_id="1001"))
    (event,) = await arrive(store, delivery(hook_id=hook_id))
    assert (await letter_of(store, event)).campaign_id == "1001"

    async with store.write() as work:
        await work.events.retry([event], due_at=NOW, reason="Away.", campaign_id="2002")
        (again,) = await work.events.claim_due(NOW, lease=LEASE, limit=1)

    assert again.campaign_id == "2002"


async def test_processing_that_learns_no_campaign_leaves_the_known_one(store):
    (event,) = await arrive(store, delivery())
    async with store.write() as work:
        await work.events.retry([event], due_at=NOW, reason="Away.", campaign_id="1001")
        await work.events.finish([event], at=NOW, note="done")

    assert (await letter_of(store, event)).campaign_id == "1001"


@pytest.mark.parametrize("index", range(4))
async def test_a_replayed_event_is_due_as_if_it_had_never_been_tried(store, index):
    event = (await one_of_each(store))[index]

    async with store.write() as work:
        assert await work.letters.replay(event, at=NOW, note="replayed")
        claimed = await work.events.claim_due(NOW, lease=LEASE, limit=10)

    letter = await letter_of(store, event)
    assert [each.attempts for each in claimed if each.id == event] == [1]
    assert (letter.state, letter.reason, letter.discarded_by, letter.since) == (
        LetterState.WAITING,
        "replayed",
        None,
        None,
    )


async def test_only_a_parked_event_can_be_discarded(store):
    parked, *others = await one_of_each(store)

    async with store.write() as work:
        assert await work.letters.discard(parked, at=NOW, by="Grace")
        for event in (*others, 999):
            assert not await work.letters.discard(event, at=NOW, by="Grace")
        backlog = await work.events.backlog()

    assert (backlog.parked, backlog.waiting) == (0, 1)
    assert await ids(store, state=LetterState.DISCARDED) == [others[2], parked]


async def delete_bodies(store, ended_by, limit=100):
    async with store.write() as work:
        return await work.letters.delete_bodies(
            ended_by=ended_by, at=NOW + timedelta(days=30), limit=limit
        )


async def test_only_bodies_of_ended_events_are_deleted_and_only_when_their_time_is_over(store):
    parked, waiting, done, discarded = await one_of_each(store)

    assert await delete_bodies(store, NOW - timedelta(seconds=1)) == 0
    assert await delete_bodies(store, NOW) == 2
    assert await delete_bodies(store, NOW) == 0

    bodies = [await body_of(store, event) for event in (parked, waiting, done, discarded)]
    assert bodies == [delivery().body, delivery().body, None, None]
    assert (await letter_of(store, done)).has_body is False
    assert (await letter_of(store, parked)).has_body is True


async def test_no_more_bodies_than_asked_are_deleted_at_once(store):
    events = await arrive(store, *[delivery()] * 5)
    async with store.write() as work:
        await work.events.finish(events, at=NOW, note="done")

    assert [await delete_bodies(store, NOW, limit=2) for _ in range(4)] == [2, 2, 1, 0]


async def test_an_event_without_its_body_is_not_replayed(store):
    done = (await one_of_each(store))[2]
    await delete_bodies(store, NOW)

    async with store.write() as work:
        assert not await work.letters.replay(done, at=NOW, note="replayed")
        assert not await work.letters.replay(999, at=NOW, note="replayed")

    assert (await letter_of(store, done)).state is LetterState.DONE


async def test_a_body_that_came_empty_is_still_there(store):
    (event,) = await arrive(store, delivery(body=b""))

    assert await body_of(store, event) == b""


async def test_parked_events_that_nobody_took_up_are_discarded_with_their_bodies(store, clock):
    parked = (await one_of_each(store))[0]
    late = NOW + timedelta(days=90)

    async def give_up(parked_by):
        async with store.write() as work:
            return await work.letters.discard_parked(
                parked_by=parked_by, at=late, by="the bot", limit=10
            )

    assert await give_up(clock() - timedelta(seconds=1)) == 0
    assert await give_up(clock()) == 1

    letter = await letter_of(store, parked)
    assert (letter.state, letter.since, letter.discarded_by, letter.has_body) == (
        LetterState.DISCARDED,
        late,
        "the bot",
        False,
    )
    async with store.read() as work:
        assert (await work.events.backlog()).parked == 0


async def test_events_are_forgotten_long_after_their_bodies(store):
    parked, waiting, *_ = await one_of_each(store)
    await delete_bodies(store, NOW)
    emptied_at = NOW + timedelta(days=30)

    async def forget(emptied_by):
        async with store.write() as work:
            return await work.letters.forget(emptied_by=emptied_by, limit=10)

    assert await forget(emptied_at - timedelta(seconds=1)) == 0
    assert await forget(emptied_at) == 2
    assert await ids(store, state=None) == [waiting, parked]
