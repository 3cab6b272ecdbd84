"""Reading a file of parts, none of which may be shorter than it says."""

from typing import BinaryIO


def take(file: BinaryIO, count: int) -> bytes:
    """Read exactly `count` bytes.

    Raises:
        EOFError: there are fewer.
        ValueError: `count` is negative, as no part can be.
    """
    if count < 0:
        raise ValueError("a part is shorter than nothing")
    data = file.read(count)
    if len(data) < count:
        raise EOFError("the file ends too early")
    return data
