"""Where a request for a picture may go: hosts by their names, machines by their addresses.

Names are looked at for every link and every redirect. Addresses are looked at twice: when a name
is resolved, and when a socket is opened for one. In between nothing is resolved again, so a name
server that changes its mind changes nothing.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType
from yarl import URL

from core.images import ImageFailure, ImageRefused
from patreon.image_links import MAX_URL_LENGTH

Lookup = Callable[[str, int], Awaitable[Sequence[tuple[str, int]]]]
"""Finds the addresses and ports that a host's name and a port stand for; OSError: none."""

_VISIBLE_ASCII = re.compile(r"[!-~]+")
_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_MOST_REMEMBERED = 64


async def look_up(host: str, port: int) -> list[tuple[str, int]]:
    """Ask the operating system for the addresses of a host."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [(str(address[0]), int(address[1])) for *_, address in found]


class Places:
    """Says which addresses of the web are asked at all: by scheme, host and port."""

    def __init__(self, hosts: Iterable[str], admitted: frozenset[tuple[str, int]]) -> None:
        self._names = frozenset(host for host in hosts if not host.startswith("*."))
        self._domains = tuple(host[1:] for host in hosts if host.startswith("*."))
        self._admitted = admitted

    def check(self, url: str) -> URL:
        """Read an address as it is sent, character by character.

        Raises:
            ImageRefused: nothing is fetched from there, or it is no proper address.
        """
        if len(url) > MAX_URL_LENGTH or not _VISIBLE_ASCII.fullmatch(url) or "\\" in url:
            raise _refusal("an address that is too long or has odd characters")
        try:
            target = URL(url, encoded=True)
            host, port = target.host or "", target.port
        except ValueError as error:
            raise _refusal("something that is no address") from error
        if "@" in target.raw_authority:
            raise _refusal("an address with a user name")
        if target.scheme == "http" and self.is_admitted(host, port or 0):
            return target
        if target.scheme != "https" or port != 443:
            raise _refusal(f"{target.scheme[:10] or 'no scheme'}, port {port}")
        if not self._knows(host):
            raise _refusal(f"the host {host[:100]!r}")
        return target

    def is_admitted(self, host: str, port: int) -> bool:
        """Tell whether this is one of the stand-ins."""
        return (host, port) in self._admitted

    def _knows(self, host: str) -> bool:
        if not _NAME.fullmatch(host):
            return False
        return host in self._names or host.endswith(self._domains)


class CheckedResolver(AbstractResolver):
    """Resolves names for aiohttp, and opens its sockets: to public addresses only.

    A name of which any address is not public is refused as a whole.
    """

    def __init__(
        self,
        places: Places,
        *,
        lookup: Lookup,
        is_public: Callable[[str], bool],
    ) -> None:
        self._places = places
        self._lookup = lookup
        self._is_public = is_public
        self._let_in: dict[tuple[str, int], None] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Find the addresses of `host`.

        Raises:
            ImageRefused: one of them is not public.
            OSError: there are none.
        """
        found = await self._lookup(host, port)
        if not found:
            raise OSError(f"{host} has no address")
        if self._places.is_admitted(host, port):
            self._let_them_in(found)
        for address, _ in found:
            if not self._places.is_admitted(host, port) and not self._is_public(address):
                raise refused_address(address)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=to_port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address, to_port in found
        ]

    def open_socket(self, info: AddrInfoType) -> socket.socket:
        """Make a socket that aiohttp connects to the address in `info`.

        Raises:
            ClosedAddressError: the address is neither public nor a stand-in's.
        """
        family, kind, proto, _, place = info
        address, port = str(place[0]), int(place[1])
        is_stand_in = self._places.is_admitted(address, port) or (address, port) in self._let_in
        if not is_stand_in and not self._is_public(address):
            raise ClosedAddressError(address)
        return socket.socket(family=family, type=kind, proto=proto)

    async def close(self) -> None:
        """Do nothing: there is nothing to let go."""

    def _let_them_in(self, found: Iterable[tuple[str, int]]) -> None:
        self._let_in.update(dict.fromkeys(found))
        while len(self._let_in) > _MOST_REMEMBERED:
            del self._let_in[next(iter(self._let_in))]


class ClosedAddressError(OSError):
    """A socket was wanted for an address that nothing is fetched from."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is closed to us")
        self.address = address


def refused_address(address: str) -> ImageRefused:
    """Say that a name leads to an address that nothing is fetched from."""
    return ImageRefused(
        f"The picture's host leads to {address[:100]!r}, which is not on the public internet.",
        reason=ImageFailure.REFUSED_ADDRESS,
    )


def _refusal(where: str) -> ImageRefused:
    return ImageRefused(
        f"A picture's link leads to {where}; nothing is fetched from there.",
        reason=ImageFailure.REFUSED_HOST,
    )
