"""Which part of a picture is asked for."""

import pytest

from web.images import part_of


@pytest.mark.parametrize(
    ("wanted", "part"),
    [("bytes=0-", range(10)), ("bytes=-99", range(10)), ("BYTES=2-3", range(2, 4)),
     ("bytes=10-", range(10, 10)), ("bytes=-0", range(10, 10)), ("bytes=٣-٤", None),
     ("bytes=1-2-3", None), ("bytes=" + "9" * 40 + "-", None)],
)  # fmt: skip
def test_ranges_are_read_as_the_standard_says(wanted, part):
    assert part_of(wanted, 10) == part
