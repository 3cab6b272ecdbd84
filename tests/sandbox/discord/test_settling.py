"""How long a simulated user waits before the next click."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest

from sandbox.discord.interactions import Interactions
from sandbox.discord.seeds import default_world
from sandbox.discord.stage import Stage


@pytest.fixture
def bot():
    return SimpleNamespace(quiet=0.001, is_idle=False, asked=0)


@pytest.fixture
def stage(bot):
    world = default_world()

    def is_idle():
        bot.asked += 1
        return bot.is_idle

    return Stage(
        world,
        Interactions(world),
        quiet_seconds=lambda: bot.quiet,
        settle=timedelta(hours=1),
        is_idle=is_idle,
    )


async def test_a_user_waits_for_as_long_as_the_bot_is_at_work_and_no_longer(stage, bot):
    waiting = asyncio.create_task(stage.settle())
    assert not (await asyncio.wait([waiting], timeout=0.02))[0]

    bot.is_idle = True

    await asyncio.wait_for(waiting, timeout=5)


async def test_a_bot_with_a_request_in_flight_is_not_taken_for_idle(stage, bot):
    bot.quiet, bot.is_idle = 0.0, True
    waiting = asyncio.create_task(stage.settle())
    assert not (await asyncio.wait([waiting], timeout=0.02))[0]

    bot.quiet = 0.001

    await asyncio.wait_for(waiting, timeout=5)


async def test_a_bot_that_was_quiet_for_long_is_not_asked(stage, bot):
    bot.quiet = 3_600.0

    await asyncio.wait_for(stage.settle(), timeout=5)

    assert bot.asked == 0
