import asyncio
import logging
import threading
import time
from datetime import timedelta

from bot.stalls import StallWatch


def watch(threshold=0.05):
    return StallWatch(threshold=timedelta(seconds=threshold), pause=timedelta(milliseconds=5))


def stand_still_until(condition):
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.002)


def said(caplog, message):
    return [record for record in caplog.records if record.message == message]


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.002)


async def test_a_stall_is_logged_while_it_lasts_with_the_place_and_so_is_its_end(caplog):
    with caplog.at_level(logging.WARNING), watch():
        await asyncio.sleep(0)
        stand_still_until(lambda: said(caplog, "event loop stalled"))
        await until(lambda: said(caplog, "event loop turns again"))

    (record,) = said(caplog, "event loop stalled")
    assert "in stand_still_until" in record.stack_info
    assert record.seconds > 0


async def test_a_long_stall_is_logged_once(caplog):
    with caplog.at_level(logging.WARNING), watch(0.02):
        stand_still_until(lambda: said(caplog, "event loop stalled"))
        time.sleep(0.2)
        await until(lambda: said(caplog, "event loop turns again"))

    assert len(said(caplog, "event loop stalled")) == 1


async def test_each_stall_is_logged(caplog):
    with caplog.at_level(logging.WARNING), watch(0.02):
        for times in (1, 2):
            stand_still_until(lambda n=times: len(said(caplog, "event loop stalled")) == n)
            await until(lambda n=times: len(said(caplog, "event loop turns again")) == n)

    assert len(said(caplog, "event loop stalled")) == 2


async def test_a_loop_that_turns_is_left_in_peace(caplog):
    with caplog.at_level(logging.WARNING), watch(10):
        for _ in range(50):
            await asyncio.sleep(0.002)

    assert caplog.records == []


async def test_the_thread_ends_with_the_watch_even_while_the_loop_stands_still(caplog):
    before = threading.active_count()

    with caplog.at_level(logging.WARNING):
        with watch(600):
            await asyncio.sleep(0.02)
            time.sleep(0.02)
        assert threading.active_count() == before

    assert caplog.records == []
