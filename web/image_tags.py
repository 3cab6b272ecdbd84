"""For pages: the address of a picture, a complete `<img>`, and whether a link is dead."""

from datetime import datetime
from html import escape
from urllib.parse import quote

from core.image_rows import ImageRow
from core.images import ImageKind, ImageLink
from core.pictures import Size

SIDES = {Size.AVATAR: 160, Size.CARD: 640, Size.FULL: 1600}
"""The longest side of each size in pixels."""

_NOTHING = "none"
"""Stands where the key would be; no key is that short."""

_SQUARE = (ImageKind.USER, ImageKind.TIER)
_WIDE = 9 / 16


def image_address(row: ImageRow | None, size: Size, *, kind: ImageKind, base: str = "") -> str:
    """Give the address of a picture on our own server, never Patreon's.

    `kind` tells which placeholder is shown where the picture cannot be had, and where there is
    none (`row` is None). `base` is where the server is reached, without a path; "" gives an
    address on the page's own server. The address is not escaped for HTML.
    """
    key = _NOTHING if row is None else quote(row.public_key, safe="")
    return f"{base.rstrip('/')}/images/{key}?size={size.value}&or={kind.value}"


def image_tag(
    row: ImageRow | None,
    size: Size,
    *,
    kind: ImageKind,
    alt: str,
    base: str = "",
) -> str:
    """Write a complete `<img>` whose address shows the placeholder where there is no picture.

    Everything in it is escaped. Width and height keep the page from jumping: those of the
    picture in this size, those of the placeholder where it was never fetched.
    """
    address = image_address(row, size, kind=kind, base=base)
    width, height = dimensions(row, size, kind=kind)
    return (
        f'<img src="{escape(address)}" width="{width}" height="{height}" '
        f'alt="{escape(alt)}" loading="lazy" decoding="async">'
    )


def dimensions(row: ImageRow | None, size: Size, *, kind: ImageKind) -> tuple[int, int]:
    """Tell how wide and high a picture is in a size; an avatar is square."""
    side = SIDES[size]
    width, height = (row.width, row.height) if row is not None else (None, None)
    if not width or not height:
        is_square = size is Size.AVATAR or kind in _SQUARE
        return side, side if is_square else round(side * _WIDE)
    if size is Size.AVATAR:
        shortest = min(side, width, height)
        return shortest, shortest
    share = min(side / width, side / height, 1)
    return max(round(width * share), 1), max(round(height * share), 1)


def is_expired(link: ImageLink | None, now: datetime) -> bool:
    """Tell whether Patreon's own link is dead; where there is none, it is as good as dead."""
    return link is None or link.is_expired(now)
