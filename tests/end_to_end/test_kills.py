"""SIGKILL at any moment under a stream of events, again and again."""

import asyncio
import random
import signal

import pytest

from tests.end_to_end.ledger import Ledger
from tests.end_to_end.place import open_place
from tests.end_to_end.stream import ONE_BY_ONE, Stream

KILLS = 4


@pytest.mark.proof
@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", range(5))
async def test_kills_at_random_moments_lose_nothing_and_repeat_nothing(seed, tmp_path):
    chance = random.Random(seed)
    async with open_place(tmp_path, limits={"per_token": None}) as place:
        await place.bot.start(**ONE_BY_ONE)
        await place.bot.ready()
        stream = Stream(place, seed=seed)

        async with stream.flowing():
            for _ in range(KILLS):
                await asyncio.sleep(chance.uniform(0.2, 1.2))
                await place.bot.stop(signal.SIGKILL)
                await place.bot.start(**ONE_BY_ONE)
                await stream.until_accepted(len(stream.accepted) + chance.randrange(1, 10))
        await stream.finish()
        await place.bot.ready()

        ledger = Ledger(place, titles=stream.titles, accepted=len(stream.accepted))
        assert await ledger.differences() == []
