"""How long to wait before trying again."""

from collections.abc import Callable
from datetime import timedelta

Random = Callable[[], float]
"""Gives numbers from 0 up to 1."""


def delay(
    attempts: int,
    *,
    first: timedelta = timedelta(seconds=2),
    longest: timedelta = timedelta(minutes=5),
    random: Random,
) -> timedelta:
    """Double the wait with every attempt up to `longest`, and spread it by a quarter.

    `attempts` counts from 1. The result lies between three quarters and all of the full wait.
    """
    full = min(first * (1 << min(max(attempts, 1) - 1, 30)), longest)
    return full * (0.75 + random() / 4)
