"""Pictures on Patreon's servers: their links, which expire, and what became of fetching them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from core.errors import PermanentError, TemporaryError


class ImageKind(Enum):
    """Whose picture it is."""

    CAMPAIGN = "campaign"
    TIER = "tier"
    USER = "user"
    POST = "post"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLink:
    """A link as Patreon gave it, and what it says about itself.

    `key` is the same for every link to the same picture, whichever host and token it names; a
    changed key is a changed picture. `kind` and `owner_id` (the id of a campaign, tier, user or
    post) are None when the link does not tell, `expires_at` is None when it never expires.
    `url` is signed: it is neither stored as the reference nor logged nor shown.
    """

    url: str = field(repr=False)
    key: str
    kind: ImageKind | None = None
    owner_id: str | None = None
    expires_at: datetime | None = None

    def is_expired(self, at: datetime, *, margin: timedelta = timedelta()) -> bool:
        """Tell whether the link is dead at `at`, or dies within `margin` of it."""
        return self.expires_at is not None and self.expires_at - margin <= at


class ImageFailure(Enum):
    """Why a picture could not be fetched; the values are fit to be stored."""

    EXPIRED = "expired"
    """The link is dead, and a fresh one may do: read the owner again."""
    GONE = "gone"
    """There is no such picture (any more)."""
    REFUSED_HOST = "refused_host"
    """The link, or a redirect, leads where nothing is fetched from."""
    REFUSED_ADDRESS = "refused_address"
    """The host's name leads to an address that is not on the public internet."""
    TOO_MANY_REDIRECTS = "too_many_redirects"
    TOO_LARGE = "too_large"
    NOT_AN_IMAGE = "not_an_image"
    """The bytes are none of the admitted types, whatever they are declared as."""
    REJECTED = "rejected"
    """The answer is an error that another try does not cure."""
    BROKEN = "broken"
    """The answer is malformed or was cut short."""
    UNTRUSTED = "untrusted"
    """The other side could not prove to be who it should be."""
    TIMED_OUT = "timed_out"
    AWAY = "away"
    """The other side cannot be reached, is out of order or asks to come back later."""
    NOT_STORED = "not_stored"
    """It came, and could not be kept here."""


class ImageRefused(PermanentError):  # noqa: N818  the name says what was found
    """Another try with the same link will fail, too; `reason` says why."""

    def __init__(self, message: str, *, reason: ImageFailure) -> None:
        super().__init__(message)
        self.reason = reason


class ImageMissed(TemporaryError):  # noqa: N818  the name says what was found
    """Another try with the same link may do; `reason` says why this one did not."""

    def __init__(
        self, message: str, *, reason: ImageFailure, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message, retry_after=retry_after)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What was written: how many bytes, and the type that they are of.

    `media_type` tells what the first bytes are: image/png, image/jpeg, image/gif, image/webp or
    image/avif. Whether the rest is a picture, only decoding can tell.
    """

    size_bytes: int
    media_type: str


class Sink(Protocol):
    """What bytes are written to: a file opened for binary writing."""

    def write(self, chunk: bytes, /) -> object:
        """Take all of `chunk`."""


class ImageFetcher(Protocol):
    """Fetches pictures from Patreon's servers, and from nowhere else."""

    async def fetch(self, link: ImageLink, into: Sink) -> Fetched:
        """Fetch the picture behind `link` and write it to `into` as it arrives.

        After an error `into` may hold a part of it. What `into.write` raises comes through.

        Raises:
            ImageRefused: the link will not work again (`reason`).
            ImageMissed: another try may do (`reason`, and `retry_after` when we were told).
        """
