"""What stands where a picture cannot be had: one drawing for each kind of owner."""

from collections.abc import Callable, Mapping
from io import BytesIO

from PIL import Image, ImageDraw

from imaging.limits import BOXES

_GROUND = (0xE4, 0xE6, 0xEB)
_INK = (0x9A, 0xA0, 0xAD)
_WIDE = 9 / 16
# Drawn larger and scaled down, so that edges are smooth.
_FINER = 3


def draw_placeholder(kind: str, size: str) -> bytes:
    """Draw the placeholder of `kind` (the value of a `core.images.ImageKind`) as WebP."""
    box = BOXES[size]
    width = box.width
    height = width if box.is_cut or kind in _SQUARE else round(width * _WIDE)
    picture = Image.new("RGB", (width * _FINER, height * _FINER), _GROUND)
    _DRAWINGS[kind](ImageDraw.Draw(picture), picture.width, picture.height)
    file = BytesIO()
    scaled = picture.resize((width, height), Image.Resampling.LANCZOS)
    scaled.save(file, "WEBP", quality=90, method=1)
    return file.getvalue()


def _hills(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    draw.ellipse(_box(left, top, side, 0.62, 0.24, 0.16), _INK)
    draw.polygon(_points(left, top, side, (0.14, 0.76), (0.42, 0.36), (0.70, 0.76)), _INK)
    draw.polygon(_points(left, top, side, (0.50, 0.76), (0.68, 0.52), (0.86, 0.76)), _INK)


def _person(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    draw.ellipse(_box(left, top, side, 0.34, 0.20, 0.32), _INK)
    draw.pieslice(_box(left, top, side, 0.18, 0.58, 0.64), 180, 360, _INK)


def _ribbon(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    draw.polygon(
        _points(left, top, side, (0.36, 0.5), (0.30, 0.84), (0.5, 0.74), (0.70, 0.84), (0.64, 0.5)),
        _INK,
    )
    draw.ellipse(_box(left, top, side, 0.28, 0.16, 0.44), _INK)
    draw.ellipse(_box(left, top, side, 0.39, 0.27, 0.22), _GROUND)


def _page(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    draw.rounded_rectangle(
        (left + side * 0.26, top + side * 0.18, left + side * 0.74, top + side * 0.82),
        side * 0.04,
        _INK,
    )
    for row in (0.32, 0.44, 0.56, 0.68):
        end = 0.56 if row > 0.6 else 0.66
        draw.line(
            (left + side * 0.34, top + side * row, left + side * end, top + side * row),
            _GROUND,
            round(side * 0.035),
        )


def _box(
    left: float, top: float, side: int, x: float, y: float, length: float
) -> tuple[float, float, float, float]:
    return (
        left + side * x,
        top + side * y,
        left + side * (x + length),
        top + side * (y + length),
    )


def _points(
    left: float, top: float, side: int, *points: tuple[float, float]
) -> list[tuple[float, float]]:
    return [(left + side * x, top + side * y) for x, y in points]


_SQUARE = ("user", "tier")
_DRAWINGS: Mapping[str, Callable[[ImageDraw.ImageDraw, int, int], None]] = {
    "campaign": _hills,
    "user": _person,
    "tier": _ribbon,
    "post": _page,
}
