"""What type of picture bytes are, without I/O: the declared type is nobody's witness."""

HEAD_BYTES = 64
"""How much of a file `media_type_of` wants to see."""

_AVIF_BRANDS = (b"avif", b"avis")


def media_type_of(head: bytes) -> str | None:
    """Tell the type of a file by its first bytes; None when it is none of the admitted types.

    Source: PNG specification 5.2 and 11.2.2, ITU-T T.81 B.1.1.3, GIF89a 17, RFC 9649 (WebP) 2.4
    and 2.5, AV1 Image File Format 6.
    """
    if head.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"):
        return "image/png"
    # After the start comes another marker: 0xFF and neither 0x00 nor a second start.
    if head.startswith(b"\xff\xd8\xff") and head[3:4] >= b"\xc0" and head[3:4] != b"\xd8":
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")) and len(head) >= 13:
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP" and head[12:16] in _WEBP_CHUNKS:
        return "image/webp"
    if head[4:8] == b"ftyp" and _names_avif(head):
        return "image/avif"
    return None


_WEBP_CHUNKS = (b"VP8 ", b"VP8L", b"VP8X")


def _names_avif(head: bytes) -> bool:
    """Look at the brands of the first box: the main one, its version, the compatible ones."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    return end >= 16 and any(brand in _AVIF_BRANDS for brand in brands)
