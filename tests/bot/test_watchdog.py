import asyncio
import logging
from datetime import timedelta

import pytest

from bot.supervisor import Part, run_together
from bot.watchdog import HangError, Watchdog
from core.alarm import Alarm
from core.errors import PermanentError
from core.outbox import Outbox
from core.pulse import Pulse
from tests.bot.test_supervisor import supervision, terminate_and_wait
from tests.factories import card, save_link
from tests.flows.channels import Channels

LOOK = timedelta(milliseconds=2)
SILENCE = LOOK * 5


@pytest.fixture
def watchdog():
    return Watchdog(every=LOOK, patience=timedelta(milliseconds=50))


async def stand_still_here():
    await asyncio.Event().wait()


async def watched(watchdog, run, pulse=None):
    async with asyncio.timeout(10):
        await watchdog.run("worker", run, pulse=pulse or Pulse(), silence=SILENCE)


async def test_a_part_that_shows_no_life_is_ended_and_the_log_says_where_it_stood(watchdog, caplog):
    ended = []

    async def run():
        try:
            await stand_still_here()
        finally:
            ended.append(1)

    with pytest.raises(HangError):
        await watched(watchdog, run)

    (record,) = [r for r in caplog.records if r.message == "part hangs"]
    assert ended == [1]
    assert (record.levelname, record.part) == ("ERROR", "worker")
    assert "in stand_still_here" in record.stack_info
    assert record.stack_info.index("in run") < record.stack_info.index("in stand_still_here")


async def test_the_log_shows_the_tasks_that_a_hanging_part_waits_for(watchdog, caplog):
    async def run():
        await asyncio.gather(stand_still_here(), asyncio.sleep(0))

    with pytest.raises(HangError):
        await watched(watchdog, run)

    assert "in stand_still_here" in caplog.records[0].stack_info


async def test_a_part_with_nothing_to_do_may_be_silent(watchdog):
    pulse = Pulse()

    async def run():
        pulse.rest()
        await asyncio.sleep(SILENCE.total_seconds() * 4)

    await watched(watchdog, run, pulse)

    assert watchdog.is_content()


async def test_a_part_may_work_for_as_long_as_it_shows_life(watchdog):
    pulse = Pulse()
    looks = Watchdog(every=timedelta(milliseconds=20))

    async def run():
        for _ in range(40):
            pulse.beat()
            await asyncio.sleep(0.005)

    async with asyncio.timeout(10):
        await looks.run("worker", run, pulse=pulse, silence=timedelta(milliseconds=100))

    assert looks.is_content()


async def test_what_a_part_raises_comes_through(watchdog):
    async def run():
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await watched(watchdog, run)


async def test_a_part_that_cannot_be_ended_is_not_started_beside_itself(watchdog):
    release = asyncio.Event()

    async def run():
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    with pytest.raises(PermanentError, match="does not end"):
        await watched(watchdog, run)

    release.set()
    await asyncio.sleep(0)


async def test_cancelling_ends_the_part_before_the_watch(watchdog):
    ended, pulse = [], Pulse()
    pulse.rest()

    async def run():
        try:
            await stand_still_here()
        finally:
            await asyncio.sleep(0)
            ended.append(1)

    task = asyncio.create_task(watched(watchdog, run, pulse))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ended == [1]


async def test_a_part_is_known_to_hang_until_it_shows_life_again(watchdog):
    pulse, content = Pulse(), []

    async def run():
        if not content:
            content.append(watchdog.is_content())
            await stand_still_here()
        content.append(watchdog.is_content())
        while not watchdog.is_content():
            pulse.beat()
            await asyncio.sleep(0)
        await terminate_and_wait()

    async with asyncio.timeout(10):
        await run_together(
            supervision(watchdog=watchdog), worker=Part(run=run, pulse=pulse, silence=SILENCE)
        )

    assert content == [True, False]
    assert watchdog.is_content()


async def test_a_part_that_hangs_again_and_again_ends_the_process(watchdog):
    runs = []

    async def run():
        runs.append(1)
        await stand_still_here()

    async with asyncio.timeout(10):
        with pytest.raises(PermanentError, match="HangError"):
            await run_together(
                supervision(watchdog=watchdog),
                worker=Part(run=run, pulse=Pulse(), silence=SILENCE),
            )

    assert len(runs) == 4


async def test_a_part_that_is_cancelled_from_within_counts_as_crashed(caplog):
    runs = []

    async def run():
        runs.append(1)
        if len(runs) == 1:
            raise asyncio.CancelledError
        await terminate_and_wait()

    with caplog.at_level(logging.ERROR):
        await run_together(supervision(), part=Part(run=run))

    assert len(runs) == 2
    assert "part crashed" in caplog.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_an_outbox_that_hangs_is_started_again_and_delivers(store, clock):
    class HangsOnce(Channels):
        async def send(self, channel_id, card):
            if not starts[1:]:
                await stand_still_here()
            message_id = await super().send(channel_id, card)
            delivered.set()
            return message_id

    delivered, starts = asyncio.Event(), []
    channels, alarm = HangsOnce(clock), Alarm(clock)
    link = await save_link(store)
    async with store.write() as work:
        await work.announcements.add(
            card(title="Ada joined"), channel_id=7, link_id=link.id, change_id=None, at=clock()
        )
    outbox = Outbox(store, channels, clock=clock, random=lambda: 0.5, alarm=alarm)

    async def run():
        starts.append(1)
        # Past the lease of what was in hand.
        clock.advance(minutes=3)
        await outbox.run()

    async def end():
        await delivered.wait()
        await terminate_and_wait()

    async with asyncio.timeout(20):
        await run_together(
            supervision(watchdog=Watchdog(every=timedelta(milliseconds=50))),
            end=Part(run=end),
            outbox=Part(run=run, pulse=alarm.pulse, silence=timedelta(milliseconds=500)),
        )

    assert len(starts) == 2
    assert channels.titles(7) == ["Ada joined"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_each_delivery_is_a_sign_of_life(store, clock):
    alarm = Alarm(clock)
    link = await save_link(store)
    async with store.write() as work:
        for channel_id in (7, 8, 9):
            await work.announcements.add(
                card(marker=f"m-{channel_id}"),
                channel_id=channel_id,
                link_id=link.id,
                change_id=None,
                at=clock(),
            )
    outbox = Outbox(store, Channels(clock), clock=clock, random=lambda: 0.5, alarm=alarm)

    await outbox.deliver_due()

    assert alarm.pulse.beats == 3
