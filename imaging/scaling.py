"""Decoding a picture that a stranger made, and scaling it."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from imaging.limits import BOXES, Box
from imaging.opening import measure, opened, turn_of

_QUALITY = 82
# 4 is the library's default; 1 takes a third of its time for files a tenth larger.
_METHOD = 1


def render(path: Path, sizes: Sequence[str]) -> tuple[tuple[int, int, int], list[bytes]]:
    """Decode the file; gives its width, height and frames, and a WebP file for each size.

    Raises:
        UnfitError: it is broken, none of the admitted types, or too large.
    """
    with opened(path) as image:
        width, height, frames = measure(image)
        # A JPEG is decoded at a fraction of its size when that is enough.
        largest = max(max(BOXES[size].width, BOXES[size].height) for size in sizes)
        image.draft("RGB", (largest * 2, largest * 2))
        turn = turn_of(image)
        upright = image if turn is None else image.transpose(turn)
        is_turned = (upright.width > upright.height) != (width > height) and width != height
        picture = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    files = [_webp(_scaled(picture, BOXES[size])) for size in sizes]
    if is_turned:
        width, height = height, width
    return (width, height, frames), files


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
