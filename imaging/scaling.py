"""Decoding a picture that a stranger made, and scaling it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from imaging.limits import BOXES, FORMATS, MOST_FRAMES, MOST_PIXELS, Box

_QUALITY = 82
# 4 is the library's default; 1 takes a third of its time for files a tenth larger.
_METHOD = 1


class UnfitError(Exception):
    """The file is not a picture that can be shown; the message says why, without its name."""


def render(path: Path, sizes: Sequence[str]) -> tuple[tuple[int, int, int], list[bytes]]:
    """Decode the file; gives its width, height and frames, and a WebP file for each size.

    Raises:
        UnfitError: it is broken, none of the admitted types, or too large.
    """
    with _opened(path) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise UnfitError(f"it has {width} × {height} pixels, more than {MOST_PIXELS:,}")
        frames = int(getattr(image, "n_frames", 1))
        if frames > MOST_FRAMES:
            raise UnfitError(f"it has {frames} frames, more than {MOST_FRAMES}")
        # A JPEG is decoded at a fraction of its size when that is enough.
        largest = max(max(BOXES[size].width, BOXES[size].height) for size in sizes)
        image.draft("RGB", (largest * 2, largest * 2))
        upright = ImageOps.exif_transpose(image)
        is_turned = (upright.width > upright.height) != (width > height) and width != height
        picture = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    files = [_webp(_scaled(picture, BOXES[size])) for size in sizes]
    if is_turned:
        width, height = height, width
    return (width, height, frames), files


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    # Judged above by our own figure, which is checked before a pixel is decoded.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(path, formats=FORMATS) as image:
            yield image
    except UnidentifiedImageError as error:
        raise UnfitError("it is none of " + ", ".join(FORMATS)) from error
    except MemoryError as error:
        raise UnfitError("it takes too much memory") from error
    # Every decoder has errors of its own for broken files.
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, KeyError) as error:
        raise UnfitError("it is broken") from error


def _scaled(picture: Image.Image, box: Box) -> Image.Image:
    if box.is_cut:
        side = min(picture.width, picture.height, box.width)
        return ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
    if picture.width <= box.width and picture.height <= box.height:
        return picture
    return ImageOps.contain(picture, (box.width, box.height), Image.Resampling.LANCZOS)


def _webp(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "WEBP", quality=_QUALITY, method=_METHOD)
    return file.getvalue()
