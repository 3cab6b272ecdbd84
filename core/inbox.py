"""Events: deliveries of a hook, from the request to the durable inbox."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.errors import BadSignature


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A correctly signed request, unparsed. `hook_id` is None for the configured secret."""

    trigger: str
    body: bytes
    received_at: datetime
    hook_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A delivery as the inbox keeps it; `campaign_id` is its hook's, when a hook is known."""

    id: int
    trigger: str
    body: bytes
    received_at: datetime
    attempts: int
    campaign_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A webhook that Patreon calls for a campaign; `key` is the last part of its address.

    `secrets` holds the current secret and, while one is being replaced, the previous one.
    """

    id: int
    key: str
    campaign_id: str
    secrets: tuple[str, ...]
    patreon_id: str | None = None
    is_paused: bool = False
    failures: int = 0


class Subject(StrEnum):
    """What an event is about."""

    MEMBER = "member"
    POST = "post"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What can be trusted of an event's body: whom to read again. `reason` says why nothing.

    `is_unreadable`: Patreon signed something that it should never send, so a person should see it.
    """

    subject: Subject
    id: str = ""
    campaign_id: str | None = None
    reason: str = ""
    is_unreadable: bool = False


def check_signature(body: bytes, signature: str | None, secrets: Sequence[str]) -> None:
    """Refuse `body` unless Patreon signed it with one of `secrets`.

    `signature` is the hex HMAC-MD5 (32 lower-case digits) of the raw body, keyed with the hook's
    secret. The comparison takes the same time wherever the first difference is.

    Raises:
        BadSignature: it is missing, malformed or fits none of them, or no usable secret is set.

    Source: docs.patreon.com, "Webhooks".
    """
    usable = [secret for secret in secrets if secret.strip()]
    if not usable:
        raise BadSignature("No webhook secret is set, so no webhook can be trusted.")
    if not signature or not signature.isascii():
        raise BadSignature("The signature is missing or malformed.")
    given = signature.encode()
    fits = False
    for secret in usable:
        # MD5 is Patreon's choice; as the hash inside an HMAC it still cannot be forged.
        expected = hmac.digest(secret.encode(), body, "md5").hex().encode()
        fits |= hmac.compare_digest(expected, given)
    if not fits:
        raise BadSignature("The signature does not fit the body.")
