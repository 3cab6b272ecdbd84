"""Page cursors: signed, case-sensitive, and good for a limited time.

Form: `03:<base64 of {"v":1,"c":"<last id>","t":""}>:<signature>`.
Source: docs.patreon.com, "Pagination".
"""

import base64
import hmac
import itertools
import json
from datetime import timedelta

from sandbox.patreon import problems
from sandbox.patreon.clock import Clock

_STAMP = 12


class Cursors:
    """Write and read the cursors of one world; each lives for `lifetime`."""

    def __init__(self, key: bytes, now: Clock, *, lifetime: timedelta) -> None:
        self.lifetime = lifetime
        self._key = key
        self._now = now
        self._serial = itertools.count(1)

    def write(self, listing: str, last_id: str) -> str:
        """Make a cursor that continues `listing` after `last_id`; no two are alike."""
        seconds = int(self._now().timestamp())
        stamp = seconds.to_bytes(8) + (next(self._serial) & 0xFFFFFFFF).to_bytes(4)
        content = json.dumps({"v": 1, "c": last_id, "t": ""}, separators=(",", ":")).encode()
        signature = base64.urlsafe_b64encode(stamp + self._sign(listing, content, stamp))
        return f"03:{base64.b64encode(content).decode()}:{signature.decode()}"

    def read(self, listing: str, cursor: str) -> str:
        """Find the id that a cursor continues after.

        Raises:
            Problem: 400 with code 3; it expired, was changed, or belongs to another listing.
        """
        try:
            version, encoded, signature = cursor.split(":")
            content = base64.b64decode(encoded, validate=True)
            raw = base64.urlsafe_b64decode(signature)
        except ValueError:
            raise problems.bad_cursor() from None
        stamp = raw[:_STAMP]
        if version != "03" or not hmac.compare_digest(
            raw[_STAMP:], self._sign(listing, content, stamp)
        ):
            raise problems.bad_cursor()
        age = self._now().timestamp() - int.from_bytes(stamp[:8])
        if age > self.lifetime.total_seconds():
            raise problems.bad_cursor()
        return str(json.loads(content)["c"])

    def _sign(self, listing: str, content: bytes, stamp: bytes) -> bytes:
        return hmac.digest(self._key, listing.encode() + b"|" + content + stamp, "sha256")[:18]
