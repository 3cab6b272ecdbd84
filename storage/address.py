"""Where the database is: the address in the configuration, checked and spelled for a driver."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from core.errors import PermanentError

_POSTGRESQL = ("postgres", "postgresql", "postgresql+asyncpg")
_SQLITE = ("sqlite", "sqlite+aiosqlite")
# asyncpg takes the values of libpq's sslmode under the name ssl.
_OPTIONS = {"host": "host", "port": "port", "ssl": "ssl", "sslmode": "ssl"}


@dataclass(frozen=True, slots=True)
class Address:
    """A database's address. `path` is the file of a SQLite database, None for PostgreSQL.

    `place` names the database in messages, without user name and password.
    """

    url: URL
    path: Path | None
    place: str


def parse(address: str) -> Address:
    """Read an address such as `sqlite:///data/bot.db` or `postgresql://user:word@host/name`.

    Raises:
        PermanentError: it cannot be used; the sentence says why and shows no password.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise PermanentError(
            "The database's address cannot be read: write it like sqlite:///data/bot.db "
            "or postgresql://user:password@host/name."
        ) from error
    if url.drivername in _SQLITE:
        return _sqlite(url)
    if url.drivername in _POSTGRESQL:
        return _postgresql(url)
    raise PermanentError(
        f"The database {url.drivername} is unknown: use sqlite:///path or postgresql://…"
    )


def _sqlite(url: URL) -> Address:
    name = url.database
    if not name or name == ":memory:" or name.startswith("file:") or url.host:
        raise PermanentError(
            "A SQLite database needs a file: write sqlite:///data/bot.db, "
            "or sqlite:////var/lib/bot/bot.db with four slashes for an absolute path."
        )
    path = Path(name).absolute()
    return Address(URL.create("sqlite+aiosqlite", database=str(path)), path, str(path))


def _postgresql(url: URL) -> Address:
    if not url.database:
        raise PermanentError("The database's address lacks the database's name after the host.")
    unknown = sorted(set(url.query) - set(_OPTIONS))
    if unknown:
        raise PermanentError(
            f"The database's address has options that the bot does not know: {', '.join(unknown)}."
        )
    query = {_OPTIONS[name]: value for name, value in url.query.items()}
    host = url.host or query.get("host", "localhost")
    place = f"{url.database} at {host}"
    return Address(url.set(drivername="postgresql+asyncpg", query=query), None, place)
