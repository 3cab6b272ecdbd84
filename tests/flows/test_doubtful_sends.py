"""Sends whose outcome nobody knows, and channels that Discord slows down."""

# The fixtures come from `tests.flows.telling`: each is imported, and then is a parameter.
# ruff: noqa: F401, F811

from datetime import timedelta

import pytest

from core.alarm import Alarm
from core.errors import Throttled
from core.outbox import Outbox
from tests.factories import FakeClock
from tests.flows.channels import TORN, Channels
from tests.flows.telling import channels, drain, happen, link, new_outbox, outbox


async def test_a_process_that_starts_anew_looks_before_it_sends_again(
    new_outbox, happen, channels, clock
):
    await happen("one")
    channels.failures_after.append(TORN)
    await new_outbox().deliver_due()

    # It cannot know whether the clock was set back meanwhile.
    await drain(new_outbox(), clock)

    assert channels.titles() == ["one"]
    assert channels.calls == ["send", "find"]


@pytest.mark.parametrize("set_back", [timedelta(minutes=minutes) for minutes in (1, 3, 4, 5, 600)])
async def test_a_clock_that_is_set_back_after_a_send_cut_short_shows_nothing_twice(
    store, happen, clock, set_back
):
    world = FakeClock()
    channels = Channels(world)
    outbox = Outbox(
        store,
        channels,
        clock=clock,
        random=lambda: 0.5,
        alarm=Alarm(clock),
        monotonic=lambda: world().timestamp(),
    )
    await happen("one")
    channels.failures_after.append(TORN)
    await outbox.deliver_due()

    world.advance(minutes=5)
    clock.advance(timedelta(minutes=5) - set_back)
    for _ in range(6):
        async with store.write() as work:
            await work.announcements.mend_times(clock(), latest=clock())
        await outbox.deliver_due()

    assert channels.titles() == ["one"]


async def test_a_channel_that_discord_slows_down_holds_up_no_other(outbox, happen, channels, clock):
    for title in ("one", "two"):
        await happen(title, channel_id=10)
    for title in ("three", "four", "five"):
        await happen(title, channel_id=20)
    send, refusals = channels.send, [Throttled("slow down", retry_after=timedelta(hours=1))]

    async def slow_down_once(channel_id, card):
        if channel_id == 10 and refusals:
            raise refusals.pop()
        return await send(channel_id, card)

    channels.send = slow_down_once
    await drain(outbox, clock)
    before = channels.titles()
    clock.advance(hours=1)
    await drain(outbox, clock)

    assert before == ["three", "four", "five"]
    assert channels.titles(10) == ["one", "two"]
