"""Printing figures: ratios with their spread, against a goal."""

import json
import statistics
from collections.abc import Sequence


def report(name: str, values: Sequence[float], *, at_least: float | None = None) -> None:
    """Print a figure: the median of `values`, the lowest and highest, and whether the goal holds.

    The goal is held against the median alone; without one, `goal` and `holds` are null.
    """
    value = statistics.median(values)
    print(
        json.dumps(
            {
                "name": name,
                "value": round(value, 3),
                "low": round(min(values), 3),
                "high": round(max(values), 3),
                "goal": at_least,
                "holds": None if at_least is None else value >= at_least,
            }
        ),
        flush=True,
    )
