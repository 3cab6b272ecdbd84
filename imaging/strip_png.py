"""A PNG without what it says beside its pixels."""

from io import BytesIO

from imaging.parts import take

_HEAD = b"\x89PNG\r\n\x1a\n"
_END = b"IEND"
_KEPT = frozenset(
    {
        b"IHDR",
        b"PLTE",
        b"IDAT",
        _END,
        b"tRNS",
        b"bKGD",
        b"pHYs",
        # What the colours mean.
        b"cHRM",
        b"cICP",
        b"cLLI",
        b"gAMA",
        b"iCCP",
        b"mDCV",
        b"sBIT",
        b"sRGB",
        # Moving pictures.
        b"acTL",
        b"fcTL",
        b"fdAT",
    }
)
"""Source: PNG specification (third edition), 5.6 and 11."""


def strip_png(content: bytes) -> bytes:
    """Keep the pixels and what their colours mean, and nothing behind the end.

    Raises:
        EOFError: it ends too early.
        ValueError: it is no PNG.
    """
    file = BytesIO(content)
    if take(file, len(_HEAD)) != _HEAD:
        raise ValueError("no PNG")
    kept = [_HEAD]
    kind = b""
    while kind != _END:
        length, kind = take(file, 4), take(file, 4)
        data = take(file, int.from_bytes(length, "big"))
        checksum = take(file, 4)
        if kind in _KEPT:
            kept += [length, kind, data, checksum]
    return b"".join(kept)
