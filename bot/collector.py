"""Python's memory, tuned for a process that lives for months."""

import ctypes
import gc

_YOUNG = 20_000
_MIDDLE = 20
_OLD = 50

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 64 << 20
_LARGEST_BYTES = 32 << 20


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
    _keep_large_buffers()


def _keep_large_buffers() -> None:
    """Let the C library keep what large buffers took: a sync takes and frees some for each page.

    Handed back to the system, a buffer of a megabyte is asked for again page by page. Only glibc
    knows how; elsewhere nothing happens.

    Source: mallopt(3).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return
    mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
    mallopt(_MMAP_THRESHOLD, _LARGEST_BYTES)
