"""Where the database is: the address in the configuration, checked and spelled for a driver."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

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
    except (ArgumentError, ValueError):
        # The cause is not chained: it may quote a part of the password.
        raise PermanentError(
            "The database's address cannot be read: write it like sqlite:///data/bot.db "
            "or postgresql://user:password@host/name."
        ) from None
    if url.drivername in _SQLITE:
        return _sqlite(url)
    if url.drivername in _POSTGRESQL:
        # What stands behind the first @ would be taken for the host, and shown.
        if address.count("@") > 1:
            raise PermanentError(
                "The database's address holds more than one @: write %40 for each one that "
                "belongs to the user name or the password."
            )
        return _postgresql(url)
    raise PermanentError(
        f"The database {url.drivername} is unknown: use sqlite:///path or postgresql://…"
    )


def passwords_in(address: str) -> Iterator[str]:
    """Give every spelling of the password in an address, even in one that cannot be used."""
    credentials, at, _ = address.partition("://")[2].rpartition("@")
    written = credentials.partition(":")[2] if at else ""
    try:
        known = make_url(address).password
    except (ArgumentError, ValueError):
        known = None
    yield from {spelling for spelling in (written, unquote(written), known) if spelling}


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
    hosts = [url.host] if url.host else _listed(query.get("host", "localhost"))
    _check_ports(url, hosts, _listed(query.get("port", ())))
    place = f"{url.database} at {', '.join(hosts)}"
    return Address(url.set(drivername="postgresql+asyncpg", query=query), None, place)


def _check_ports(url: URL, hosts: Sequence[str], ports: Sequence[str]) -> None:
    """Refuse ports that no machine has: the driver would stumble over them."""
    of_hosts = [host.partition(":")[2] for host in hosts if host.count(":") == 1]
    of_url = [] if url.port is None else [str(url.port)]
    for port in (*of_url, *of_hosts, *ports):
        if not (port.isdecimal() and len(port) <= 5 and 0 < int(port) < 1 << 16):
            raise PermanentError(
                f"The database's address names the port {port}: write a number from 1 to 65535; "
                "PostgreSQL's own is 5432."
            )


def _listed(value: str | Sequence[str]) -> list[str]:
    """Give the single values of an option, which may be repeated or hold commas."""
    texts = [value] if isinstance(value, str) else value
    return [part for text in texts for part in text.split(",")]
