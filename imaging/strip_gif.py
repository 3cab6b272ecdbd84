"""A GIF without what it says beside its pixels."""

from io import BytesIO

from imaging.parts import take

_EXTENSION, _IMAGE, _END = b"!", b",", b";"
_CONTROL, _PLAIN_TEXT, _APPLICATION = b"\xf9", b"\x01", b"\xff"
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def strip_gif(content: bytes) -> bytes:
    """Keep the frames, how long each is shown and how often all are, and nothing behind the end.

    A file that ends, or goes on with something else, where a part could begin ends there.

    Raises:
        EOFError: it ends within a part.
        ValueError: it is no GIF, or has no frame.

    Source: GIF89a specification; the loop's extension is Netscape's.
    """
    file = BytesIO(content)
    head = take(file, 13)
    if not head.startswith((b"GIF87a", b"GIF89a")):
        raise ValueError("no GIF")
    kept = [head, _colours(file, head[10])]
    control = b""
    has_frame = False
    while (kind := file.read(1)) in (_EXTENSION, _IMAGE, b"\0"):
        if kind == _EXTENSION:
            label = take(file, 1)
            blocks = _blocks(file)
            if label == _CONTROL:
                control = kind + label + blocks[:5] + b"\0" if blocks[0] == 4 else b""
            elif label == _PLAIN_TEXT:
                # What was said about it must not be taken for the next frame's.
                control = b""
            elif label == _APPLICATION:
                kept.append(_loop(blocks))
        elif kind == _IMAGE:
            place = take(file, 9)
            kept += [control, kind, place, _colours(file, place[8]), take(file, 1), _blocks(file)]
            control = b""
            has_frame = True
    if not has_frame:
        raise ValueError("no frame")
    return b"".join((*kept, _END))


def _colours(file: BytesIO, flags: int) -> bytes:
    """Read the table of colours that a head announces."""
    return take(file, 3 << ((flags & 7) + 1)) if flags & 0x80 else b""


def _blocks(file: BytesIO) -> bytes:
    """Read blocks with their lengths, up to the empty one."""
    read = bytearray()
    length = 1
    while length:
        length = take(file, 1)[0]
        read.append(length)
        read += take(file, length)
    return bytes(read)


def _loop(blocks: bytes) -> bytes:
    """Give an application's extension anew when it says how often all frames are shown."""
    name, said = blocks[1:12], blocks[12:16]
    if blocks[0] != len(name) or name not in _LOOPS or said[:2] != b"\x03\x01":
        return b""
    return _EXTENSION + _APPLICATION + bytes([len(name)]) + name + said + b"\0"
