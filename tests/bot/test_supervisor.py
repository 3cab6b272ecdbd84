import asyncio
import logging
import os
import signal
from datetime import timedelta

import pytest

from bot.supervisor import Part, Stopped, Supervision, run_together
from core.errors import PermanentError, TemporaryError


async def for_good():
    await asyncio.Event().wait()


def supervision(**changes):
    async def no_wait(seconds):
        await asyncio.sleep(0)

    given = {"random": lambda: 0.0, "sleep": no_wait, "patience": timedelta(milliseconds=50)}
    return Supervision(**(given | changes))


def crashing(times, error, then=for_good):
    runs = []

    async def run():
        runs.append(len(runs))
        if len(runs) <= times:
            raise error
        await then()

    return run, runs


async def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_every_part_in_reverse_order(number):
    ended = []

    def part(name):
        async def run():
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(name)

        return Part(run=run)

    async def ring():
        os.kill(os.getpid(), number)
        await asyncio.Event().wait()

    await run_together(supervision(), one=part("one"), two=part("two"), three=Part(run=ring))

    assert ended == ["two", "one"]


async def test_a_part_is_stopped_whole_before_the_next_one_is_asked():
    steps = []

    async def slow():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            steps.append("slow ended")

    async def other():
        try:
            await terminate()
            await asyncio.Event().wait()
        finally:
            steps.append("other ended")

    await run_together(supervision(), other=Part(run=other), slow=Part(run=slow))

    assert steps == ["slow ended", "other ended"]


async def test_a_crashed_part_is_started_again_while_the_others_go_on():
    run, runs = crashing(3, ValueError("a bug"), then=terminate_and_wait)
    other_runs = []

    async def other():
        other_runs.append(1)
        await asyncio.Event().wait()

    await run_together(supervision(), broken=Part(run=run), other=Part(run=other))

    assert (len(runs), len(other_runs)) == (4, 1)


async def terminate_and_wait():
    await terminate()
    await asyncio.Event().wait()


async def test_a_fourth_crash_ends_the_process_and_the_others_are_stopped():
    run, runs = crashing(99, ValueError("a bug"))
    ended = []

    async def other():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("other")

    with pytest.raises(PermanentError, match="'broken' failed"):
        await run_together(supervision(), other=Part(run=other), broken=Part(run=run))

    assert (len(runs), ended) == (4, ["other"])


async def test_a_part_that_ends_by_itself_is_an_error():
    async def ends():
        return

    with pytest.raises(PermanentError, match="ended by itself"):
        await run_together(supervision(), ends=Part(run=ends), other=Part(run=for_good))


async def test_what_fails_for_good_ends_the_process_without_another_try():
    run, runs = crashing(99, PermanentError("Discord refuses the token."))

    with pytest.raises(PermanentError, match=r"^Discord refuses the token\.$"):
        await run_together(supervision(), discord=Part(run=run))

    assert len(runs) == 1


async def test_a_part_whose_neighbour_is_away_is_tried_more_often_than_a_crash(caplog):
    run, runs = crashing(20, TemporaryError("The database is away."), then=terminate_and_wait)

    with caplog.at_level(logging.WARNING):
        await run_together(supervision(), outbox=Part(run=run))

    assert len(runs) == 21
    assert [record.message for record in caplog.records] == ["part put off"]


async def test_a_part_that_was_asked_may_finish_the_piece_in_hand():
    asked, done = asyncio.Event(), []

    async def run():
        await terminate()
        await asked.wait()
        await asyncio.sleep(0)
        done.append("finished")
        raise Stopped

    await run_together(supervision(), worker=Part(run=run, ask=asked.set))

    assert done == ["finished"]


async def test_a_part_that_does_not_listen_is_cancelled_after_its_patience():
    asked = []

    await run_together(
        supervision(),
        deaf=Part(run=for_good, ask=lambda: asked.append(1)),
        other=Part(run=terminate_and_wait),
    )

    assert asked == [1]


async def test_what_is_left_is_done_after_the_part_has_ended():
    steps = []

    async def run():
        try:
            await terminate_and_wait()
        finally:
            steps.append("ended")

    async def finish():
        steps.append("drained")

    await run_together(supervision(), inbox=Part(run=run, finish=finish))

    assert steps == ["ended", "drained"]


async def test_a_part_that_never_stops_does_not_keep_the_others_from_stopping(caplog):
    ended, release = [], asyncio.Event()

    async def stubborn():
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    async def good():
        try:
            await terminate_and_wait()
        finally:
            ended.append("good")

    await run_together(
        supervision(deadline=timedelta(milliseconds=50)),
        good=Part(run=good),
        stubborn=Part(run=stubborn),
    )
    await asyncio.sleep(0)

    assert "part did not stop in time" in caplog.text
    assert ended == ["good"]
    release.set()
    await asyncio.sleep(0)


async def test_a_part_that_fails_while_stopping_does_not_hide_a_clean_stop(caplog):
    async def run():
        try:
            await terminate_and_wait()
        finally:
            raise ValueError("while closing")

    await run_together(supervision(), part=Part(run=run))

    assert "crash" in caplog.text


async def test_being_cancelled_from_outside_stops_the_parts_too():
    ended = []

    async def run():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    task = asyncio.create_task(run_together(supervision(), part=Part(run=run)))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ended == [1]


async def test_signal_handlers_are_given_back():
    before = signal.getsignal(signal.SIGTERM)

    await run_together(supervision(), part=Part(run=terminate_and_wait))

    assert signal.getsignal(signal.SIGTERM) == before
