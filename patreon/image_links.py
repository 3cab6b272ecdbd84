"""Reading image links, without I/O: which picture, whose, and until when.

Source: reference "Images". The newer form is
`/4/patreon-media/p/<campaign|user|reward|post>/<id>/<media id>/<transform>/<n>.<ext>`, the older
one `/3/<transform>/patreon-media/p/…`, a default avatar `/2/<size>/<user id, or c and campaign
id>` on c8.patreon.com. `token-time` in the query is the expiry, in Unix seconds.
"""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from core.images import ImageKind, ImageLink

MAX_URL_LENGTH = 4096

_VISIBLE_ASCII = re.compile(r"[!-~]+")
_MEDIA = re.compile(r"/patreon-media/p/(campaign|user|reward|post)/([0-9]+)/")
_DEFAULT_AVATAR = re.compile(r"/2/[0-9]+/(c?)([0-9]+)")
_KINDS = {
    "campaign": ImageKind.CAMPAIGN,
    "user": ImageKind.USER,
    "reward": ImageKind.TIER,
    "post": ImageKind.POST,
}
_DOT_SEGMENT = re.compile(r"(?:^|/)\.\.?(?:/|\Z)")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_NEEDS_NO_ESCAPE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~=")
_EXPIRY = re.compile(r"(?:^|&)token-time=([0-9]{1,12})(?=&|\Z)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_link(url: str) -> ImageLink | None:
    """Read an address; None when it cannot be one of a picture.

    Any host will do: where pictures are fetched from is the fetcher's to decide. `url` is the
    address itself: entities of the HTML that it stood in (`&amp;`) are to be resolved before.
    """
    parts = _split(url)
    if parts is None:
        return None
    key = _plain(parts.path)
    if key in ("", "/") or _DOT_SEGMENT.search(key):
        return None
    kind, owner_id = _owner(parts.hostname or "", key)
    return ImageLink(
        url=url, key=key, kind=kind, owner_id=owner_id, expires_at=_expiry(parts.query)
    )


def _split(url: str) -> SplitResult | None:
    if len(url) > MAX_URL_LENGTH or not _VISIBLE_ASCII.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        is_fit = parts.port != 0 and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return None
    return parts if is_fit and parts.scheme in ("http", "https") else None


def _plain(path: str) -> str:
    """Spell a path in one way: the padding of base64 comes as "=" and as "%3D"."""
    return _ESCAPE.sub(_unescaped, path)


def _unescaped(match: re.Match[str]) -> str:
    byte = int(match[1], 16)
    return chr(byte) if byte in _NEEDS_NO_ESCAPE else match[0].upper()


def _owner(host: str, path: str) -> tuple[ImageKind | None, str | None]:
    media = _MEDIA.search(path)
    if media:
        return _KINDS[media[1]], media[2]
    avatar = _DEFAULT_AVATAR.fullmatch(path)
    if avatar and host.endswith(".patreon.com"):
        return (ImageKind.CAMPAIGN if avatar[1] else ImageKind.USER), avatar[2]
    return None, None


def _expiry(query: str) -> datetime | None:
    """Read when the token ends; of several, the first to come."""
    moments = [int(moment) for moment in _EXPIRY.findall(query)]
    try:
        return _EPOCH + timedelta(seconds=min(moments)) if moments else None
    except OverflowError:
        return None
