"""A JPEG without what it says beside its pixels."""

import re

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""

_PIXELS = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD}) - {0xC8}
"""Frames, tables and intervals. Source: ITU-T T.81, table B.1."""

_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
"""In coded pixels, 0xFF is followed by 0x00 or by a restart marker."""

_JFIF, _PROFILE, _ADOBE = b"JFIF\0", b"ICC_PROFILE\0", b"Adobe"
_JFIF_BYTES, _ADOBE_BYTES = 12, 12


def strip_jpeg(content: bytes) -> bytes:
    """Keep the coded pixels and what their colours mean, and nothing behind the end.

    Thumbnails and further pictures go, too: they have details of their own.

    Raises:
        ValueError: it is no JPEG, or ends within a part.
    """
    if content[:2] != bytes((0xFF, _START)):
        raise ValueError("no JPEG")
    kept = [content[:2]]
    at = 2
    # What stands between two parts is no picture, unless the first one begins a scan.
    while found := _MARKER.search(content, at):
        marker, at = found[1][0], found.end()
        if marker == _END:
            kept.append(bytes((0xFF, _END)))
            break
        if marker in _ALONE:
            continue
        data, at = _part(content, at)
        if (part := _kept(marker, data)) is not None:
            kept.append(bytes((0xFF, marker)) + (len(part) + 2).to_bytes(2, "big") + part)
        if marker == _SCAN:
            following = _MARKER.search(content, at)
            end = following.start() if following else len(content)
            kept.append(content[at:end])
            at = end
    # No end is made up: a decoder would take one for the end of a picture that was cut off.
    return b"".join(kept)


def _part(content: bytes, at: int) -> tuple[bytes, int]:
    """Give what a part holds, and where the next one begins."""
    length = int.from_bytes(content[at : at + 2], "big")
    if length < 2 or at + length > len(content):
        raise ValueError("a part is shorter than it says")
    return content[at + 2 : at + length], at + length


def _kept(marker: int, data: bytes) -> bytes | None:
    """Give what is kept of a part; None when nothing is."""
    if marker == _SCAN or marker in _PIXELS:
        return data
    if marker == 0xE0 and data.startswith(_JFIF) and len(data) >= _JFIF_BYTES:
        # The density, and a thumbnail of no width and no height.
        return data[:_JFIF_BYTES] + b"\0\0"
    if marker == 0xE2 and data.startswith(_PROFILE):
        return data
    if marker == 0xEE and data.startswith(_ADOBE) and len(data) >= _ADOBE_BYTES:
        # Which colours the numbers are.
        return data[:_ADOBE_BYTES]
    return None
