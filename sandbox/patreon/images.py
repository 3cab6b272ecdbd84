"""Signed image links that expire, and the pictures behind them.

Source: reference "Images": the path is `/4/patreon-media/p/<kind>/<id>/<media>/<transform>/<n>.png`
with `token-time` (the expiry, midnight UTC) and `token-hash` in the query.
"""

import base64
import hashlib
import hmac
import json
import struct
import zlib
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sandbox.patreon.clock import Clock, next_midnight

FOREVER = datetime(2038, 1, 1, tzinfo=UTC)
MAX_SIDE = 256


def _transform(settings: Mapping[str, int]) -> str:
    raw = json.dumps(settings, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode()


BANNER = _transform({"w": 1920, "we": 1})
SMALL = _transform({"w": 400})
AVATAR = _transform({"w": 200})
INLINE = _transform({"w": 620})
ORIGINAL = _transform({"a": 1, "p": 1})


class ImageLinks:
    """Write signed image links and judge the ones that come back.

    `base_url` is the address that links start with. `lifetimes` tells, per kind of image, how
    long a link lives from the next midnight on; kinds without one live until 2038, as avatars do.
    """

    def __init__(self, key: bytes, now: Clock) -> None:
        self.base_url = "https://c10.patreonusercontent.com"
        self.lifetimes: dict[str, timedelta] = {
            "campaign": timedelta(days=14),
            "post": timedelta(days=14),
            "media": timedelta(0),
        }
        self._key = key
        self._now = now
        self._versions: Counter[tuple[str, str]] = Counter()

    def replace(self, kind: str, owner_id: str) -> None:
        """Let an owner have a new picture: its next links have another path."""
        self._versions[kind, owner_id] += 1

    def url(self, kind: str, owner_id: str, transform: str, *, number: int = 1) -> str:
        """Write the link that Patreon would give today."""
        version = self._versions[kind, owner_id]
        media = hashlib.blake2b(f"{kind}:{owner_id}:{version}".encode(), digest_size=16).hexdigest()
        folder = f"/4/patreon-media/p/{kind}/{owner_id}/{media}"
        expiry = self._expiry(kind)
        token = _quote(self._sign(f"{folder}/{transform}/{number}.png", expiry))
        path = f"{folder}/{_quote(transform)}/{number}.png"
        return f"{self.base_url}{path}?token-time={expiry}&token-hash={token}"

    def is_valid(self, path: str, token_time: str, token_hash: str) -> bool:
        """Say whether a link with this decoded path was signed by us and has not expired."""
        if not token_time.isdecimal() or not token_hash.isascii():
            return False
        expected = self._sign(path, int(token_time))
        return hmac.compare_digest(expected, token_hash) and (
            self._now().timestamp() < int(token_time)
        )

    def _expiry(self, kind: str) -> int:
        lifetime = self.lifetimes.get(kind)
        end = FOREVER if lifetime is None else next_midnight(self._now()) + lifetime
        return int(end.timestamp())

    def _sign(self, path: str, expiry: int) -> str:
        digest = hmac.digest(self._key, f"{path}|{expiry}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode()


def _quote(text: str) -> str:
    """Escape URL-safe base64, whose only special character is the padding."""
    return text.replace("=", "%3D")


def draw(media: str, transform: str) -> bytes:
    """Draw the picture of a media id as PNG: a gradient, at most 256 pixels a side."""
    side = _side(transform)
    top = hashlib.blake2b(media.encode(), digest_size=6).digest()
    rows = []
    for y in range(side):
        share = y / side
        colour = bytes(round(top[i] * (1 - share) + top[i + 3] * share) for i in range(3))
        rows.append(b"\0" + colour * side)
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"".join(rows)))
        + _chunk(b"IEND", b"")
    )


def _side(transform: str) -> int:
    try:
        width = json.loads(base64.urlsafe_b64decode(transform)).get("w", MAX_SIDE)
        return max(1, min(int(width), MAX_SIDE))
    except (ValueError, AttributeError, TypeError):
        return MAX_SIDE


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
