"""The headers of an archive: plain files with the names that a backup has, and no others."""

import re
import tarfile

from bot.backups.age import Unreadable

ABOUT = "about.json"
KEYS = "keys.txt"
SUMS = "sums.json"
PICTURES = "images/"
BLOCK = 512
MOST_MEMBER_BYTES = 32 * 2**20
"""The largest things that are stored are a webhook's body (1 MiB) and a picture (20 MiB)."""

_NAME = re.compile(
    r"about\.json|keys\.txt|sums\.json|rows/[a-z_]{1,40}/[0-9]{6}\.jsonl|images/[0-9a-f]{64}"
)
_SIZE = slice(124, 136)


def header(name: str, size: int) -> bytes:
    """Write the header of a file."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.USTAR_FORMAT)


def read_header(block: bytes) -> tuple[str, int]:
    """Read a header: the file's name and size.

    Raises:
        Unreadable: it is none that `header` writes, or the file is too large.
    """
    try:
        name = block[:100].rstrip(b"\0").decode("ascii")
        size = int(block[_SIZE].rstrip(b"\0 ").decode("ascii"), 8)
    except ValueError:
        raise Unreadable("A file in the backup has no usable name or size.") from None
    if _NAME.fullmatch(name) is None or not 0 <= size <= MOST_MEMBER_BYTES:
        raise Unreadable("The backup holds a file that has no place in it.")
    if block != header(name, size):
        raise Unreadable("The backup holds something that is no plain file.")
    return name, size
