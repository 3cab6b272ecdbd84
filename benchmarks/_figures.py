"""Printing figures: ratios with their spread, against a goal."""

import json
import statistics
from collections.abc import Sequence


def report(
    name: str,
    values: Sequence[float],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> None:
    """Print a figure: the median of `values`, the lowest and highest, and whether the goal holds.

    At most one of the goals may be given. It is held against the median alone; without one,
    `goal` and `holds` are null.
    """
    value = statistics.median(values)
    goal = _goal(at_least, at_most)
    holds: bool | None = None
    if at_least is not None:
        holds = value >= at_least
    elif at_most is not None:
        holds = value <= at_most
    _print(
        name=name,
        value=round(value, 3),
        low=round(min(values), 3),
        high=round(max(values), 3),
        goal=goal,
        holds=holds,
    )


def skip(
    name: str, why: str, *, at_least: float | None = None, at_most: float | None = None
) -> None:
    """Print a figure that could not be measured here, with the reason."""
    goal = _goal(at_least, at_most)
    _print(name=name, value=None, low=None, high=None, goal=goal, holds=None, why=why)


def _goal(at_least: float | None, at_most: float | None) -> str | None:
    if at_least is not None:
        return f">= {at_least:g}"
    return None if at_most is None else f"<= {at_most:g}"


def _print(**figure: object) -> None:
    print(json.dumps(figure), flush=True)
