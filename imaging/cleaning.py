"""A picture as it was sent, without what its file tells about the one who made it."""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, JpegImagePlugin

from imaging.opening import UnfitError, measure, opened, turn_of
from imaging.strip_gif import strip_gif
from imaging.strip_jpeg import strip_jpeg
from imaging.strip_png import strip_png
from imaging.strip_webp import is_lossless, strip_webp

_QUALITY = 92
# Both take a third of the library's own choice for files a little larger.
_WEBP_METHOD, _PNG_LEVEL = 1, 3

_USUAL: Mapping[str, Any] = {"quality": _QUALITY}

_STRIPPERS: Mapping[str, Callable[[bytes], bytes]] = {
    "PNG": strip_png,
    "JPEG": strip_jpeg,
    # A JPEG with further pictures behind it.
    "MPO": strip_jpeg,
    "GIF": strip_gif,
    "WEBP": strip_webp,
}


def clean(path: Path, *, most_bytes: int) -> bytes:
    """Give the file without places, times, names, comments and thumbnails, and upright.

    Nothing is decoded anew unless the picture has to be turned: its pixels, their colour profile
    and its movement stay what they are. What was cleaned before stays as it is. A moving picture
    is not turned.

    Raises:
        UnfitError: it is broken, none of PNG, JPEG, GIF and WebP, has too many pixels or frames,
            or takes more than `most_bytes` in the end.
    """
    content = path.read_bytes()
    with opened(BytesIO(content)) as image:
        strip = _STRIPPERS.get(image.format or "")
        if strip is None:
            raise UnfitError("it is none of PNG, JPEG, GIF, WEBP")
        _, _, frames = measure(image)
        is_still = image.format != "GIF" and (frames == 1 or strip is strip_jpeg)
        turn = turn_of(image) if is_still else None
        stripped = strip(content if turn is None else _turned(image, turn, content))
    if len(stripped) > most_bytes:
        raise UnfitError(f"upright, it takes {len(stripped):,} bytes, more than {most_bytes:,}")
    with opened(BytesIO(stripped)) as image:
        measure(image)
        image.load()
    return stripped


def _turned(image: Image.Image, turn: Image.Transpose, content: bytes) -> bytes:
    """Save a picture anew as it stands upright."""
    file = BytesIO()
    upright = image.transpose(turn)
    profile = image.info.get("icc_profile")
    if image.format == "PNG":
        upright.save(file, "PNG", icc_profile=profile, compress_level=_PNG_LEVEL)
    elif image.format == "WEBP":
        upright.save(
            file,
            "WEBP",
            lossless=is_lossless(content),
            exact=True,
            quality=_QUALITY,
            method=_WEBP_METHOD,
            icc_profile=profile,
        )
    else:
        sampling = JpegImagePlugin.get_sampling(image)
        fineness = _fineness(getattr(image, "quantization", {}))
        upright.save(file, "JPEG", subsampling=sampling, icc_profile=profile, **fineness)
    return file.getvalue()


def _fineness(tables: Mapping[int, Sequence[int]]) -> Mapping[str, Any]:
    """Encode as finely as the file was: coarser loses more, finer makes it several times as large.

    The tables are used when they are numbered and sized as every decoder takes them.
    """
    is_numbered = sorted(tables) == list(range(len(tables)))
    is_small = all(0 < step < 256 for table in tables.values() for step in table)
    return {"qtables": dict(tables)} if tables and is_numbered and is_small else _USUAL
