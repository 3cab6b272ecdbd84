"""Single values of Patreon's documents, read leniently: what cannot be read is None."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urljoin

from patreon.protocol import SITE

LARGEST = 2**53
"""Integers from here on are not exact in every program that reads JSON."""

_LARGEST_SNOWFLAKE = 2**63


def text(value: object) -> str | None:
    """Read a text. It loses its NUL characters, which databases refuse."""
    if not isinstance(value, str):
        return None
    return value.replace("\0", "") if "\0" in value else value


def ident(value: object) -> str | None:
    """Read an id, which may be a text or an integer."""
    if type(value) is str:
        return text(value) or None
    return str(value) if type(value) is int and abs(value) < _LARGEST_SNOWFLAKE else None


def idents(values: Sequence[object]) -> tuple[str, ...]:
    """Read ids, sorted and each once; what is no id is left out."""
    if len(values) == 1:
        name = ident(values[0])
        return () if name is None else (name,)
    names = {name for value in values if (name := ident(value)) is not None}
    return tuple(sorted(names))


def whole(value: object) -> int | None:
    """Read an integer, which may be written as a text or with a fraction of zero."""
    if type(value) is int:
        return value if -LARGEST < value < LARGEST else None
    if isinstance(value, str) and len(value) <= 16 and value.isascii():
        digits = value.strip()
        return int(digits) if digits.removeprefix("-").isdecimal() else None
    if isinstance(value, float) and value.is_integer():
        return whole(int(value))
    return None


def moment(value: object) -> datetime | None:
    """Read an ISO 8601 date and time as aware UTC."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else in_utc(read)


def in_utc(moment: datetime | None) -> datetime | None:
    """Turn an aware datetime into UTC; None stays None."""
    # The offset is UTC in all but odd answers, and converting costs more than looking.
    if moment is None or moment.tzinfo is UTC:
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def snowflake(value: object) -> int | None:
    """Read a Discord id."""
    name = ident(value)
    if name is None or len(name) > 19 or not (name.isascii() and name.isdecimal()):
        return None
    number = int(name)
    return number if 0 < number < _LARGEST_SNOWFLAKE else None


def address(value: object) -> str | None:
    """Read a web address; a relative one is joined with Patreon's."""
    link = text(value)
    if not link:
        return None
    try:
        joined = urljoin(SITE, link)
    except ValueError:
        return None
    return joined if joined.startswith(("https://", "http://")) else None
