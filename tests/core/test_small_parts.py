"""Backoff, money, rights and the alarm."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alarm import Alarm
from core.backoff import delay
from core.money import format_money


@given(st.integers(-3, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_wait_doubles_up_to_its_bound_and_is_spread_by_a_quarter(attempts, chance):
    wait = delay(
        attempts, first=timedelta(seconds=2), longest=timedelta(minutes=5), random=lambda: chance
    )
    full = min(2 * 2 ** min(max(attempts, 1) - 1, 30), 300)

    assert 0.75 * full <= wait.total_seconds() <= full


@pytest.mark.parametrize(
    ("cents", "currency", "written"),
    [
        (0, "USD", "$0"),
        (500, "usd", "$5"),
        (123450, "USD", "$1,234.50"),
        (-5, "EUR", "-€0.05"),
        (50000, "JPY", "¥500"),
        (1000, "XYZ", "XYZ 10"),
    ],
)
def test_amounts_are_written_in_their_currency(cents, currency, written):
    assert format_money(cents, currency) == written


async def test_a_ring_before_the_wait_is_kept():
    alarm = Alarm(lambda: datetime.now(UTC))

    alarm.ring()

    async with asyncio.timeout(1) as limit:
        await alarm.wait(None)

    assert not limit.expired()


async def test_a_wait_ends_at_its_time():
    alarm = Alarm(lambda: datetime.now(UTC))

    async with asyncio.timeout(1) as limit:
        await alarm.wait(datetime.now(UTC) + timedelta(milliseconds=5))
        await alarm.wait(datetime.now(UTC) - timedelta(days=1))

    assert not limit.expired()
