"""Many served at once: nobody is forgotten, nobody waits for ever, whoever is cancelled."""

import asyncio
import random
from datetime import timedelta

import pytest

from core.together import Together


class Work:
    """Notes each batch; waits until it may go on."""

    def __init__(self):
        self.batches = []
        self.may_go = asyncio.Event()
        self.may_go.set()
        self.error = None
        self.at_once = 0

    async def __call__(self, items):
        assert self.at_once == 0
        self.at_once += 1
        try:
            await self.may_go.wait()
            await asyncio.sleep(0)
            if self.error is not None:
                raise self.error
            self.batches.append(list(items))
        finally:
            self.at_once -= 1


@pytest.fixture
def work():
    return Work()


def started(together, *items):
    return [asyncio.create_task(together.do(item)) for item in items]


async def turns(number=5):
    for _ in range(number):
        await asyncio.sleep(0)


async def test_one_alone_is_served_alone(work):
    await Together(work, most=10).do(1)

    assert work.batches == [[1]]


async def test_who_comes_meanwhile_is_served_together(work):
    together = Together(work, most=10)
    work.may_go.clear()
    first = started(together, 1)
    await turns()
    rest = started(together, 2, 3, 4)
    await turns()
    work.may_go.set()

    await asyncio.gather(*first, *rest)

    assert work.batches == [[1], [2, 3, 4]]


async def test_a_batch_has_its_limit(work):
    together = Together(work, most=3)

    await asyncio.gather(*started(together, *range(8)))

    assert sorted(item for batch in work.batches for item in batch) == list(range(8))
    assert max(map(len, work.batches)) == 3


async def test_with_a_pause_the_first_ones_come_together_too(work):
    together = Together(work, most=10, pause=timedelta(milliseconds=1))

    await asyncio.gather(*started(together, 1, 2, 3))

    assert work.batches == [[1, 2, 3]]


async def test_an_error_reaches_those_whom_it_hit_and_nobody_later(work):
    together = Together(work, most=10, pause=timedelta(milliseconds=1))
    work.error = OSError("full")

    ends = await asyncio.gather(*started(together, 1, 2), return_exceptions=True)
    work.error = None
    await together.do(3)

    assert [type(end) for end in ends] == [OSError, OSError]
    assert work.batches == [[3]]


@pytest.mark.parametrize("pause", [timedelta(), timedelta(milliseconds=1)])
@pytest.mark.parametrize("cancelled", [0, 1, 2])
async def test_of_those_who_wait_any_may_be_cancelled(work, cancelled, pause):
    together = Together(work, most=10, pause=pause)
    work.may_go.clear()
    tasks = started(together, 0, 1, 2)
    await turns()
    tasks[cancelled].cancel()
    await turns()
    work.may_go.set()

    async with asyncio.timeout(5):
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        await together.do(3)

    assert [isinstance(end, asyncio.CancelledError) for end in ends] == [
        number == cancelled for number in range(3)
    ]
    served = [item for batch in work.batches for item in batch]
    assert {0, 1, 2, 3} - {cancelled} <= set(served)


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_is_cancelled_when_the_others_are_served(work, seed):
    choice = random.Random(seed)
    together = Together(work, most=3, pause=timedelta(milliseconds=choice.choice([0, 1])))
    tasks = {}
    for item in range(60):
        tasks[item] = asyncio.create_task(together.do(item))
        await turns(choice.randrange(4))
        if choice.random() < 0.4:
            tasks[choice.randrange(item + 1)].cancel()

    async with asyncio.timeout(5):
        ends = await asyncio.gather(*tasks.values(), return_exceptions=True)
        await together.do(60)

    left = {item for item, end in zip(tasks, ends, strict=True) if end is None}
    assert left | {60} <= {item for batch in work.batches for item in batch}
    assert all(end is None or isinstance(end, asyncio.CancelledError) for end in ends)
