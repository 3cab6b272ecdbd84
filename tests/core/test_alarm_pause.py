"""Pauses between two rounds of a worker."""

import asyncio
from datetime import timedelta

import pytest

from core.alarm import Alarm


async def test_a_pause_is_over_when_the_wall_clock_has_gone_on_so_far(clock):
    pause = Alarm(clock).pause(timedelta(hours=1))

    clock.advance(hours=1)

    assert not await pause.nap()


@pytest.mark.parametrize("days", [-1, -365])
async def test_a_pause_does_not_grow_with_a_clock_that_is_set_back(clock, days):
    pause = Alarm(clock).pause(timedelta(milliseconds=30))

    clock.advance(days=days)
    naps = 0
    async with asyncio.timeout(10):
        while await pause.nap():
            naps += 1

    assert naps < 10


async def test_a_ring_ends_a_nap_and_not_the_pause(clock):
    alarm = Alarm(clock)
    pause = alarm.pause(timedelta(hours=1))

    alarm.ring()
    async with asyncio.timeout(5):
        assert await pause.nap()
    alarm.ring()
    async with asyncio.timeout(5):
        assert await pause.nap()
