"""Waiting for a turn, on a clock that moves only when everybody waits."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Throttled
from patreon.limits import Limiter
from patreon.settings import Limits
from tests.patreon.virtual import VirtualTime

SMALL = Limits(per_client=5, per_token=8, refused=3, longest_queue=50)


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def limiter(time):
    return limiter_of(time)


def limiter_of(time, limits=SMALL):
    return Limiter(limits, monotonic=time.now, sleep=time.sleep)


async def call(limiter, time, log, creator_id=1, *, name=None, takes=0.0):
    async with limiter.turn(creator_id):
        log.append((time.now(), creator_id, name))
        if takes:
            await time.sleep(takes)


def most_within(moments, length):
    return max(
        (sum(1 for m in moments if start <= m < start + length) for start in moments), default=0
    )


SCHEDULE = st.lists(
    st.tuples(st.floats(0, 90), st.integers(1, 3), st.floats(0, 1), st.floats(0, 5), st.booleans()),
    max_size=60,
)


@settings(max_examples=60)
@given(SCHEDULE)
def test_no_schedule_exceeds_either_limit_as_patreon_counts(schedule):
    time = VirtualTime()
    limiter = limiter_of(time, Limits(per_client=5, per_token=8, longest_queue=1000))
    counted: list[tuple[float, int | None]] = []

    async def one(start, creator_id, delay, takes, has_token):
        creator = creator_id if has_token else None
        await time.sleep(start)
        async with limiter.turn(creator):
            await time.sleep(takes * delay)
            counted.append((time.now(), creator))
            await time.sleep(takes * (1 - delay))

    results = asyncio.run(time.run(*(one(*row) for row in schedule)))

    assert results == [None] * len(schedule)
    # Float sums differ in the last digits, so a window is taken a little short of its length.
    assert most_within([at for at, _ in counted], 2 - 1e-6) <= 5
    for creator in (1, 2, 3):
        assert most_within([at for at, who in counted if who == creator], 60 - 1e-6) <= 8


async def test_what_fits_goes_at_once(limiter, time):
    log = []

    await time.run(*(call(limiter, time, log) for _ in range(5)))

    assert {at for at, _, _ in log} == {1000.0}


async def test_the_sixth_waits_for_the_clients_window(limiter, time):
    log = []

    await time.run(*(call(limiter, time, log) for _ in range(6)))

    assert log[-1][0] == pytest.approx(1002)


async def test_the_ninth_waits_for_the_tokens_window(limiter, time):
    log = []

    await time.run(*(call(limiter, time, log) for _ in range(9)))

    assert log[-1][0] == pytest.approx(1060)


async def test_turns_are_given_in_the_order_of_asking(limiter, time):
    log = []

    await time.run(*(call(limiter, time, log, name=n) for n in range(30)))

    assert [name for _, _, name in log] == list(range(30))


async def test_a_creator_at_their_own_limit_holds_nobody_else_up(limiter, time):
    log = []
    busy = [call(limiter, time, log, 1) for _ in range(20)]

    await time.run(*busy, call(limiter, time, log, 2))

    assert next(at for at, who, _ in log if who == 2) <= 1004


async def test_a_place_is_free_again_a_window_after_the_request_ended(time):
    limiter = limiter_of(time, Limits(per_client=1))
    log = []

    await time.run(call(limiter, time, log, takes=10), call(limiter, time, log))

    assert log[1][0] == pytest.approx(1012)


async def test_a_caller_that_is_cancelled_leaves_no_trace(limiter, time):
    log = []
    await time.run(*(call(limiter, time, log) for _ in range(8)))
    waiting = [asyncio.create_task(call(limiter, time, log, name=n)) for n in range(3)]
    await asyncio.sleep(0)

    waiting[0].cancel()
    waiting[1].cancel()
    await time.run(waiting_for(waiting[2]))

    assert [name for _, _, name in log[8:]] == [2]
    assert limiter.usage().total == 9


async def waiting_for(task):
    await task


async def test_a_request_that_fails_gives_its_place_back_in_time(time):
    limiter = limiter_of(time, Limits(per_client=1))

    async def fail():
        async with limiter.turn(1):
            raise ValueError("no")

    results = await time.run(fail(), fail())

    assert [type(result) for result in results] == [ValueError, ValueError]
    assert time.now() == pytest.approx(1002)


async def test_a_pause_holds_everybody_back(limiter, time):
    log = []
    limiter.pause(timedelta(seconds=9))

    await time.run(call(limiter, time, log, 1), call(limiter, time, log, 2))

    assert {at for at, _, _ in log} == {1009.0}


async def test_a_pause_also_holds_those_who_wait_already(time):
    limiter = limiter_of(time, Limits(per_client=1))
    log = []

    async def pause_soon():
        await time.sleep(1)
        limiter.pause(timedelta(seconds=20))

    await time.run(call(limiter, time, log), call(limiter, time, log), pause_soon())

    assert log[1][0] == pytest.approx(1021)


async def test_a_pause_of_unknown_length_takes_half_a_minute(limiter, time):
    log = []
    limiter.pause(None)

    await time.run(call(limiter, time, log))

    assert log[0][0] == 1030


async def test_a_long_pause_turns_callers_away_and_says_for_how_long(limiter, time):
    limiter.pause(timedelta(minutes=30))
    time.time += 60

    with pytest.raises(Throttled) as caught:
        await call(limiter, time, [])

    assert caught.value.retry_after == timedelta(minutes=29)


async def test_too_many_refusals_stop_everything_until_they_are_old(limiter, time):
    for _ in range(3):
        limiter.note_refused()
        time.time += 60

    with pytest.raises(Throttled) as caught:
        await call(limiter, time, [])
    time.time += caught.value.retry_after.total_seconds()
    await call(limiter, time, log := [])

    assert caught.value.retry_after == timedelta(minutes=7)
    assert len(log) == 1


def test_by_default_we_stop_far_below_the_edges_limit():
    assert Limits().refused <= 500


async def test_a_queue_that_is_too_long_turns_callers_away(time):
    limiter = limiter_of(time, Limits(per_client=1, longest_queue=2))

    results = await time.run(*(call(limiter, time, []) for _ in range(4)))

    assert [type(result) for result in results].count(Throttled) >= 1
    await time.run(call(limiter, time, log := []))
    assert len(log) == 1


async def test_usage_tells_of_the_busiest_creator_and_of_one(limiter, time):
    await time.run(
        *(call(limiter, time, [], 1) for _ in range(3)),
        call(limiter, time, [], 2),
        call(limiter, time, [], None),
    )
    limiter.note_refused()

    assert limiter.usage().total == 5
    assert limiter.usage().last_minute == 3
    assert limiter.usage(2).last_minute == 1
    assert limiter.usage(9).last_minute == 0
    assert limiter.usage().minute_limit == 8
    assert limiter.usage().refused_last_10_minutes == 1
    time.time += 60
    assert limiter.usage().last_minute == 0
