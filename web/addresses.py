"""Who is calling: the client's address behind proxies that are trusted."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MOST_HOPS = 32
"""Entries of X-Forwarded-For that are looked at, counted from the right."""


def client_address(
    peer: str | None, forwarded_for: Sequence[str], trusted: Sequence[Network]
) -> str:
    """Tell the address of the client, "unknown" when the connection has none.

    `peer` is the other end of the connection, `forwarded_for` every X-Forwarded-For header in
    the order received. Each proxy appends the address that called it, so the list is walked from
    the right for as long as the address at hand is a trusted proxy: whatever stands further left
    could have been written by anybody. An entry that is no address ends the walk.
    """
    if not trusted or not forwarded_for:
        return _peer_address(peer)
    here = _parse(peer)
    if here is None:
        return "unknown"
    for entry in _from_the_right(forwarded_for):
        if not _is_trusted(here, trusted):
            break
        before = _parse(entry)
        if before is None:
            break
        here = before
    return str(here)


@lru_cache(maxsize=1024)
def _peer_address(peer: str | None) -> str:
    """Tell a connection's other end; the same few ask again and again."""
    here = _parse(peer)
    return "unknown" if here is None else str(here)


def network_of(address: str) -> str:
    """Give what one client is taken for: an IPv4 address, or the /64 of an IPv6 address.

    Whoever has one IPv6 address usually has the other 2**64 of its network too.
    """
    parsed = _parse(address) if ":" in address else None
    return str(ip_network((parsed, 64), strict=False)) if parsed else address


def _from_the_right(headers: Sequence[str]) -> list[str]:
    entries = ",".join(headers).rsplit(",", MOST_HOPS)[-MOST_HOPS:]
    return [entry for entry in reversed(entries) if entry.strip()]


def _parse(text: str | None) -> Address | None:
    """Read an address as proxies write it: bare, with a port, or in brackets."""
    if not text:
        return None
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)
