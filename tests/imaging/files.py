"""Pictures of every sort, made for tests."""

import struct
import zlib
from io import BytesIO

from PIL import Image

_ALL_GREYS = 256
_FRAME = b"!\xf9\x04"
"""How a frame of a GIF begins: its graphic control extension."""


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 200), **options: object) -> bytes:
    """A gradient."""
    file = BytesIO()
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image.save(file, kind, **options)
    return file.getvalue()


def animation(frames: int) -> bytes:
    """A moving picture of tiny frames, no two that follow each other alike."""
    if frames > _ALL_GREYS:
        return _repeated(animation(_ALL_GREYS), frames)
    file = BytesIO()
    images = [Image.new("L", (2, 2), number * 7 % 256) for number in range(frames)]
    images[0].save(file, "GIF", save_all=True, append_images=images[1:], duration=20)
    return file.getvalue()


def _repeated(gif: bytes, frames: int) -> bytes:
    """The frames of a GIF again and again: to have ten thousand encoded takes seconds."""
    head, *each = gif.removesuffix(b";").split(_FRAME)
    return head + b"".join(_FRAME + each[n % len(each)] for n in range(frames)) + b";"


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG whose head claims a size that its few bytes cannot fill."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 3_000_000))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
