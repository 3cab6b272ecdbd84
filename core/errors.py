"""Errors, one class per reaction (a leaf only where code must tell it apart)."""

from datetime import timedelta


class BotError(Exception):
    """Something expected went wrong; the message is a full sentence without secrets."""


class UserError(BotError):
    """The person who asked can fix it: show them the sentence, log nothing as an error."""


class BadSignature(UserError):  # noqa: N818  the name says what was found
    """A webhook's signature is missing, malformed or fits no secret."""


class TemporaryError(BotError):
    """The same call may work later.

    `retry_after` is how long the other side asked us to wait, None when it said nothing.
    """

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotStored(TemporaryError):  # noqa: N818
    """A file could not be written or read; `why` is what the system says of it."""

    def __init__(self, message: str, *, why: str) -> None:
        super().__init__(message)
        self.why = why


class OutcomeUnknown(TemporaryError):  # noqa: N818
    """The call was sent and no answer came: it may or may not have taken effect."""


class CursorExpired(TemporaryError):  # noqa: N818
    """Patreon no longer knows a page's cursor: start again from the first page."""


class Throttled(TemporaryError):  # noqa: N818
    """The other side asked us to slow down."""


class Blocked(TemporaryError):  # noqa: N818
    """Patreon's edge refuses this machine; the token is not to blame and must not be refreshed."""


class PermanentError(BotError):
    """It keeps failing until the operator acts: stop, log once, show it in the status."""


class TokenBroken(PermanentError):  # noqa: N818
    """Patreon refuses a creator's tokens: only connecting again helps."""


class MessageGone(PermanentError):  # noqa: N818
    """Somebody deleted the message; it is not put back."""
