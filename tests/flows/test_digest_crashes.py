"""Digests whose sending is cut short, refused or outlived: nothing is lost or told twice."""

# The fixtures come from `tests.flows.telling`: each is imported, and then is a parameter.
# ruff: noqa: F401, F811

from datetime import timedelta

import pytest

from core.digest import Digests
from core.errors import PermanentError
from tests import factories
from tests.flows.channels import TORN
from tests.flows.telling import (
    FEED,
    POLICY,
    backlog,
    channels,
    drain,
    happen,
    link,
    names,
    new_outbox,
    outbox,
    restart,
    told,
)


async def test_a_digest_cut_short_is_looked_for_and_told_once(outbox, happen, channels, clock):
    await happen(*names(1, 8))
    channels.failures_after.append(TORN)
    await outbox.deliver_due()
    clock.advance(hours=2)

    await drain(outbox, clock)

    assert told(channels) == names(1, 8)
    assert "find" in channels.calls


async def test_a_digest_that_never_arrived_is_sent_after_the_search(
    outbox, happen, channels, clock
):
    await happen(*names(1, 8))
    channels.failures.append(TORN)
    await outbox.deliver_due()
    clock.advance(hours=2)

    await drain(outbox, clock)

    assert told(channels) == names(1, 8)


async def test_a_change_that_may_have_been_shown_is_not_folded(outbox, happen, channels, clock):
    await happen("Ada joined")
    channels.failures_after.append(TORN)
    await outbox.deliver_due()
    await happen(*names(1, 8))
    clock.advance(hours=2)

    await drain(outbox, clock)

    assert channels.titles() == ["Ada joined", "8 changes in the last 2 hours"]
    assert told(channels) == ["Ada joined", *names(1, 8)]


async def test_a_single_message_that_turns_up_late_becomes_the_digest(
    store, new_outbox, happen, channels, clock
):
    await happen(*names(1, 8))
    # A send of the first one alone that everybody believes never happened.
    await channels.send(FEED, factories.card(marker=f"m-1-{FEED}", title="P1 joined"))
    clock.advance(minutes=5)
    channels.failures.append(TORN)
    await new_outbox().deliver_due()

    await drain(new_outbox(), clock)

    assert told(channels) == names(1, 8)


async def test_a_process_that_dies_before_folding_is_done_loses_nothing(
    store, new_outbox, happen, channels, clock
):
    await happen(*names(1, 8))

    async with store.write() as work:
        (head,) = await work.announcements.claim_due(clock(), lease=timedelta(minutes=2), limit=1)
    with pytest.raises(DiedError):
        await fold_and_die(store, head, clock)
    assert (await backlog(store)).waiting == 8
    await restart(store)

    await drain(new_outbox(), clock)

    assert told(channels) == names(1, 8)


class DiedError(Exception):
    """The process is dead."""


async def fold_and_die(store, head, clock):
    async with store.write() as work:
        digest = await Digests(POLICY).fold(work, head, now=clock())
        assert digest.shows.title == "8 changes in the last hour"
        raise DiedError


@pytest.mark.parametrize("is_started", [False, True])
@pytest.mark.parametrize("is_sent", [False, True])
async def test_a_process_that_dies_after_folding_tells_everything_once(
    store, new_outbox, happen, channels, clock, is_started, is_sent
):
    await happen(*names(1, 8))
    async with store.write() as work:
        (head,) = await work.announcements.claim_due(clock(), lease=timedelta(minutes=2), limit=1)
    async with store.write() as work:
        digest = await Digests(POLICY).fold(work, head, now=clock())
        if is_started or is_sent:
            await work.announcements.mark_started(head.id, at=clock())
    if is_sent:
        await channels.send(FEED, digest.shows)
    await happen("late")
    await restart(store)

    await drain(new_outbox(), clock)

    assert told(channels) == [*names(1, 8), "late"]
    assert (await backlog(store)).waiting == 0


async def test_a_channel_that_came_back_tells_what_became_stale_in_one_message(
    store, outbox, happen, channels, clock
):
    refused = PermanentError("I may not write in that channel.")
    channels.failures.extend([refused] * 4)
    await happen(*names(1, 4))
    await drain(outbox, clock)
    assert (await backlog(store)).parked == 4
    clock.advance(hours=14)

    assert await outbox.revive(younger_than=timedelta(days=1)) == 4
    await drain(outbox, clock)

    assert channels.titles() == ["4 changes while this channel was not served"]
    assert told(channels) == names(1, 4)


async def test_a_digest_that_was_refused_is_as_young_as_its_youngest_change(
    store, outbox, happen, channels, clock
):
    await happen("Ada joined")
    clock.advance(hours=23)
    await happen("Bob joined")
    channels.failures.append(PermanentError("I may not write in that channel."))
    await drain(outbox, clock)
    clock.advance(hours=12)

    assert await outbox.revive(younger_than=timedelta(days=1)) == 1
    await drain(outbox, clock)

    assert told(channels) == ["Ada joined", "Bob joined"]


async def test_a_digest_of_a_refused_channel_costs_one_refusal(
    store, outbox, happen, channels, clock
):
    channels.failures.append(PermanentError("I may not write in that channel."))
    await happen(*names(1, 200))

    await drain(outbox, clock)

    assert channels.calls == ["send"]
    assert (await backlog(store)).parked == 1
