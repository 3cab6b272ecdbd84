"""Pictures of every sort, made for tests."""

import struct
import zlib
from io import BytesIO

from PIL import Image


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 200), **options: object) -> bytes:
    """A gradient."""
    file = BytesIO()
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image.save(file, kind, **options)
    return file.getvalue()


def animation(frames: int, kind: str = "GIF") -> bytes:
    """A moving picture of tiny frames, no two of them alike."""
    file = BytesIO()
    images = [Image.new("L", (2, 2), number * 7 % 256) for number in range(frames)]
    images[0].save(file, kind, save_all=True, append_images=images[1:], duration=20)
    return file.getvalue()


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
