"""Opening a picture that a stranger made: what is admitted, and which way is up."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from imaging.limits import FORMATS, MOST_FRAMES, MOST_PIXELS

_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    TypeError,
    KeyError,
    ZeroDivisionError,
    struct.error,
    zlib.error,
)
"""Every decoder has errors of its own for broken files."""

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By the tag's value. Source: CIPA DC-008 (Exif 2.32), 4.6.4 A, "Orientation"."""


class UnfitError(Exception):
    """The file is not a picture that can be shown; the message says why, without its name."""


@contextmanager
def opened(source: Path | BinaryIO) -> Iterator[Image.Image]:
    """Lend the picture that a file holds; what goes wrong in the block counts as its fault.

    Raises:
        UnfitError: it is broken, none of the admitted types, or takes too much memory.
    """
    # Judged by our own figure, which `measure` checks before a pixel is decoded.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(source, formats=FORMATS) as image:
            yield image
    except UnidentifiedImageError as error:
        raise UnfitError("it is none of " + ", ".join(FORMATS)) from error
    except MemoryError as error:
        raise UnfitError("it takes too much memory") from error
    except _BROKEN as error:
        raise UnfitError("it is broken") from error


def measure(image: Image.Image) -> tuple[int, int, int]:
    """Give the width, height and number of frames of a picture that is not decoded yet.

    Raises:
        UnfitError: there are too many pixels or frames.
    """
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise UnfitError(f"it has {width} × {height} pixels, more than {MOST_PIXELS:,}")
    frames = int(getattr(image, "n_frames", 1))
    if frames > MOST_FRAMES:
        raise UnfitError(f"it has {frames} frames, more than {MOST_FRAMES}")
    return width, height, frames


def turn_of(image: Image.Image) -> Image.Transpose | None:
    """Tell how a picture has to be turned to stand upright; None when it does.

    Details that cannot be read turn nothing.
    """
    try:
        orientation = image.getexif().get(_ORIENTATION)
    except _BROKEN:
        return None
    return _TURNS.get(orientation) if isinstance(orientation, int) else None
