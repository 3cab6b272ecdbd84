"""Column types: aware times, Discord ids, foreign text and sealed secrets."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import BigInteger, DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

from core.errors import PermanentError
from storage.text import clean


def to_utc(value: datetime) -> datetime:
    """Give the same moment in UTC.

    Raises:
        ValueError: the datetime is naive, so the moment is unknown.
    """
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        raise ValueError(f"The datetime {value!r} has no time zone.")
    return value.astimezone(UTC)


def to_sqlite(value: datetime) -> str:
    """Write a moment exactly as `UtcDateTime` does in SQLite: sortable text in UTC."""
    moment = value if value.tzinfo is UTC else to_utc(value)
    # Writing the zone only to cut it off again costs as much as all the rest.
    return datetime.combine(moment, moment.time()).isoformat(" ", "microseconds")


def from_driver(value: datetime | str) -> datetime:
    """Read a moment as a driver gives it: SQLite's text, or PostgreSQL's aware datetime."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment; naive datetimes are refused, what comes back is aware and in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a moment into UTC; SQLite keeps it without its zone."""
        if value is None:
            return None
        moment = to_utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Snowflake(TypeDecorator[int]):
    """A Discord id: a positive integer of at most 63 bits.

    Source: docs.discord.com, "Snowflakes" (64 bits, of which the first stays 0 until 2084).
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """Refuse what cannot be an id."""
        if value is not None and not 0 < value < 2**63:
            raise ValueError(f"{value!r} is not a Discord id.")
        return value


class ForeignText(TypeDecorator[str]):
    """Text that somebody else wrote, with the characters replaced that no database takes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean the text."""
        return None if value is None else clean(value)


class Key(TypeDecorator[str]):
    """A foreign id or a folded name, sorted and compared byte by byte in both databases.

    A value that no database takes is cleaned, so looking for it finds nothing.
    """

    # PostgreSQL's usual collations skip punctuation; SQLite's compares bytes.
    impl = Text().with_variant(Text(collation="C"), "postgresql")
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean the text."""
        return None if value is None else clean(value)


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted text, the only thing that a `Secret` column takes."""

    token: str = field(repr=False)


class Secret(TypeDecorator[Sealed]):
    """An encrypted text. Plain text is refused, so none can be stored by mistake."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> str | None:
        """Unwrap what a vault has sealed."""
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError("A secret must be sealed before it is stored.")
        return value.token

    def process_result_value(self, value: str | None, dialect: Dialect) -> Sealed | None:
        """Wrap the token, still encrypted."""
        return None if value is None else Sealed(value)


class Vault:
    """Seals and opens secrets; the first key seals, every key opens."""

    def __init__(self, keys: MultiFernet) -> None:
        self._keys = keys

    def seal(self, text: str | None) -> Sealed | None:
        """Encrypt a text; None stays None."""
        return None if text is None else Sealed(self._keys.encrypt(text.encode()).decode())

    def open(self, sealed: Sealed | None) -> str | None:
        """Decrypt what `seal` made.

        Raises:
            PermanentError: none of the keys fits.
        """
        if sealed is None:
            return None
        try:
            return self._keys.decrypt(sealed.token.encode()).decode()
        except InvalidToken as error:
            raise PermanentError(
                "A stored secret cannot be decrypted with the configured keys: "
                "bring back the key that was used, or connect the account again."
            ) from error
