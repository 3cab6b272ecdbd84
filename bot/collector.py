"""Python's garbage collector, tuned for a process that lives for months."""

import gc

_YOUNG = 20_000
_MIDDLE = 20
_OLD = 50


def tune_collector() -> None:
    """Leave what was loaded at start out of every collection, and collect the young less often.

    Requests that wait for their commit keep thousands of young objects alive, which the usual
    threshold of 700 looks through again and again. Nothing is collected later than it matters:
    almost all of the bot's objects are freed by their reference counts.

    Source: docs.python.org, "gc — Garbage Collector interface" (`freeze`, `set_threshold`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
