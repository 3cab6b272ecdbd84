"""What the fetcher of pictures needs to be told."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSettings:
    """Where pictures may come from, and how much of everything one may cost.

    `hosts` are names, or "*." and a domain for all names below it; they are asked over https, on
    port 443. `admitted` names hosts and ports (lower case, IPv6 without brackets) that are asked
    over http, whatever their address is: stand-ins on this machine. Nothing else is different for
    them. `connect_timeout` bounds finding and reaching the other side, `read_timeout` each
    silence of it, `deadline` a whole fetch with its redirects, from its turn on; `at_once`
    fetches have their turn at a time.
    """

    user_agent: str
    hosts: tuple[str, ...] = ("*.patreonusercontent.com", "*.patreon.com")
    admitted: frozenset[tuple[str, int]] = frozenset()
    max_bytes: int = 20 * 1024 * 1024
    max_redirects: int = 3
    at_once: int = 16
    connect_timeout: timedelta = timedelta(seconds=10)
    read_timeout: timedelta = timedelta(seconds=15)
    deadline: timedelta = timedelta(seconds=60)
