"""Meters that a test can read."""

from collections import Counter as Counts


class Counted:
    """Keeps what was counted, as `(counter's name, value)`."""

    def __init__(self):
        self.counts = Counts()

    def count(self, counter, value="", amount=1):
        assert value in counter.values
        self.counts[counter.name, value] += amount

    def set(self, gauge, readings):
        raise AssertionError("nothing here reads gauges")
