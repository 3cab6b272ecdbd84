"""A WebP without what it says beside its pixels."""

from collections.abc import Iterator
from io import BytesIO

from imaging.parts import take

_FRAME_HEAD_BYTES = 16
_FEATURES, _FRAME = b"VP8X", b"ANMF"
_PIXELS = frozenset({b"ALPH", b"VP8 ", b"VP8L"})
_KEPT = _PIXELS | {_FEATURES, _FRAME, b"ANIM", b"ICCP"}
_SHOWN_FEATURES = 0b0011_0010
"""A colour profile, transparency, movement; the others say that there are details."""


def strip_webp(content: bytes) -> bytes:
    """Keep the frames and what their colours mean, and nothing behind the end.

    Raises:
        EOFError: it ends too early.
        ValueError: it is no WebP.

    Source: RFC 9649, 2.
    """
    file = BytesIO(content)
    head = take(file, 12)
    if head[:4] != b"RIFF" or head[8:] != b"WEBP":
        raise ValueError("no WebP")
    body = take(file, int.from_bytes(head[4:8], "little") - 4)
    kept = b"".join(_chunk(kind, _stripped(kind, data)) for kind, data in _chunks(body, _KEPT))
    return b"RIFF" + (len(kept) + 4).to_bytes(4, "little") + b"WEBP" + kept


def is_lossless(content: bytes) -> bool:
    """Tell whether a WebP's only frame was stored without loss."""
    return any(kind == b"VP8L" for kind, _ in _chunks(content[12:], _PIXELS))


def _stripped(kind: bytes, data: bytes) -> bytes:
    if kind == _FEATURES:
        return bytes([data[0] & _SHOWN_FEATURES]) + data[1:10]
    if kind == _FRAME:
        inner = _chunks(data[_FRAME_HEAD_BYTES:], _PIXELS)
        return data[:_FRAME_HEAD_BYTES] + b"".join(_chunk(*each) for each in inner)
    return data


def _chunks(content: bytes, kinds: frozenset[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Give the chunks of some kinds, in order."""
    file = BytesIO(content)
    while len(kind := file.read(4)) == len(b"VP8X"):
        length = int.from_bytes(take(file, 4), "little")
        data = take(file, length)
        file.read(length % 2)
        if kind in kinds:
            yield kind, data


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2)
