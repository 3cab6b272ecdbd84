"""What a picture may be, and how large its sizes are."""

from dataclasses import dataclass

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
"""Pillow's names of the types that are decoded; no other decoder is ever tried."""

MOST_PIXELS = 40_000_000
"""Looked up in the file's head, before anything is decoded."""

MOST_FRAMES = 500

MEMORY_BYTES = 1 << 30
"""What the worker may allocate: 40 million pixels take 160 MB, and are copied a few times."""

LONGEST_HEAD = 64 * 1024
LARGEST_ANSWER = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """The pixels that a size fits into; a square one is cut out of the middle."""

    width: int
    height: int
    is_cut: bool = False


BOXES = {
    "avatar": Box(width=160, height=160, is_cut=True),
    "card": Box(width=640, height=640),
    "full": Box(width=1600, height=1600),
}
"""By the value of `core.pictures.Size`."""
