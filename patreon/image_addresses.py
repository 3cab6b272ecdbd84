"""Which IP addresses are on the public internet, without I/O.

`ipaddress.is_global` is not asked: up to Python 3.11 it holds 64:ff9b::/96, 2002::/16, ff02::/16,
224.0.0.0/4 and `::127.0.0.1` for global, and its answers change with the version.

Source: IANA IPv4 and IPv6 Special-Purpose Address Registries, IPv6 Global Unicast Assignments
(only 2000::/3 is in use), RFC 5771 and RFC 4291 for multicast.
"""

from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
)

_CLOSED_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, and the metadata of clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
# Whatever is mapped, translated, private, link-local or multicast lies outside of it.
_OPEN_IPV6 = IPv6Network("2000::/3")
_CLOSED_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # Teredo, ORCHID, benchmarks, AMT, anycast of protocols
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "2620:4f:8000::/48",  # AS112
            "3ffe::/16",  # 6bone, returned
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(address: str) -> bool:
    """Tell whether `address` is on the public internet and leads to no other address.

    Addresses that carry another one in them (mapped, compatible, NAT64, 6to4, Teredo) are not
    public whatever they carry; neither is one with a scope (`%eth0`), a name, nor an address
    spelled in any other way than the usual one.
    """
    try:
        four = IPv4Address(address)
    except AddressValueError:
        return _is_public_ipv6(address)
    return not any(four in network for network in _CLOSED_IPV4)


def _is_public_ipv6(address: str) -> bool:
    try:
        six = IPv6Address(address)
    except AddressValueError:
        return False
    if six.scope_id is not None or six not in _OPEN_IPV6:
        return False
    return not any(six in network for network in _CLOSED_IPV6)
