"""Letters on a coloured ground, for people without a picture."""

from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from imaging.limits import BOXES

_Typeface = ImageFont.FreeTypeFont | ImageFont.ImageFont
_GROUNDS = (
    (0x5B, 0x5F, 0xC7),
    (0x2F, 0x7D, 0x6B),
    (0xA8, 0x4B, 0x5F),
    (0x8A, 0x5A, 0x2B),
    (0x3C, 0x6E, 0x9E),
    (0x77, 0x4E, 0x9C),
    (0x4F, 0x73, 0x3A),
    (0x9C, 0x47, 0x86),
)
"""White letters are readable on each: a contrast of at least 4.5 to 1."""


def draw_initials(text: str, size: str) -> bytes | None:
    """Draw `text` in the middle of a square of `size`; None when the typeface lacks a letter."""
    side = BOXES[size].width
    font = _typeface(side * 0.42)
    if not text or not _has_all(text, font):
        return None
    ground = _GROUNDS[sha256(text.encode()).digest()[0] % len(_GROUNDS)]
    picture = Image.new("RGB", (side, side), ground)
    ImageDraw.Draw(picture).text((side / 2, side / 2), text, "white", font, anchor="mm")
    file = BytesIO()
    picture.save(file, "WEBP", lossless=True, method=1)
    return file.getvalue()


def _typeface(height: float) -> _Typeface:
    try:
        return ImageFont.truetype("DejaVuSans-Bold.ttf", height)
    except OSError:
        # What Pillow brings along has the letters of English.
        return ImageFont.load_default(height)


def _has_all(text: str, font: _Typeface) -> bool:
    # A letter that the typeface lacks is drawn as the box that stands for all that it lacks.
    lacking = bytes(font.getmask("\ufffe"))
    return all(bytes(font.getmask(letter)) != lacking for letter in text)
