"""Only addresses on the public internet count as public."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from patreon.image_addresses import is_public

# IANA's registries of special-purpose addresses, written out row by row, and multicast.
IPV4 = [
    "0.0.0.0/8",
    "0.0.0.0/32",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.0.0/29",
    "192.0.0.8/32",
    "192.0.0.9/32",
    "192.0.0.10/32",
    "192.0.0.170/32",
    "192.0.0.171/32",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.88.99.2/32",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
]
IPV6 = [
    "::/128",
    "::1/128",
    "::/96",
    "::ffff:0:0/96",
    "::ffff:0:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001::/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:1::3/128",
    "2001:2::/48",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:30::/28",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3ffe::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
]
NETWORKS = [*map(IPv4Network, IPV4), *map(IPv6Network, IPV6)]
ANY_IPV4 = st.integers(0, 2**32 - 1).map(IPv4Address)
PUBLIC_IPV6_RANGE = IPv6Network("2000::/3")


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_edges_of_a_special_block_are_not_public(network):
    assert not is_public(str(network[0]))
    assert not is_public(str(network[-1]))


@given(st.data())
def test_nothing_within_a_special_block_is_public(data):
    network = data.draw(st.sampled_from(NETWORKS))
    offset = data.draw(st.integers(0, network.num_addresses - 1))

    assert not is_public(str(network[offset]))


@given(ANY_IPV4)
@example(IPv4Address("1.1.1.1"))
def test_ipv4_outside_of_the_special_blocks_is_public(address):
    is_special = any(address in network for network in NETWORKS if network.version == 4)

    assert is_public(str(address)) is not is_special


@given(st.integers(0, 2**125 - 1))
def test_ipv6_outside_of_the_special_blocks_is_public(offset):
    address = PUBLIC_IPV6_RANGE[offset]
    is_special = any(address in network for network in NETWORKS if network.version == 6)

    assert is_public(str(address)) is not is_special


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_ipv6_that_nobody_gives_out_is_not_public(address):
    assert address in PUBLIC_IPV6_RANGE or not is_public(str(address))


@given(st.one_of(ANY_IPV4, st.integers(0, 2**128 - 1).map(IPv6Address)))
def test_nothing_is_public_that_the_standard_library_holds_for_private(address):
    assert ip_address(str(address)).is_global or not is_public(str(address))


@given(ANY_IPV4)
@example(IPv4Address("127.0.0.1"))
@example(IPv4Address("8.8.8.8"))
def test_an_address_that_carries_another_is_not_public(address):
    four = int(address)

    carriers = [
        0x0000_0000_0000_0000_0000_FFFF << 32 | four,  # mapped
        four,  # compatible
        0xFFFF << 48 | four,  # translated
        0x0064_FF9B << 96 | four,  # NAT64
        0x0064_FF9B_0001 << 80 | four,  # NAT64, local use
        0x2002 << 112 | four << 80,  # 6to4
        0x2001_0000 << 96 | four << 64 | 1,  # Teredo's server
        0x2001_0000 << 96 | (four ^ 0xFFFF_FFFF),  # Teredo's client
    ]
    assert not any(is_public(str(IPv6Address(carrier))) for carrier in carriers)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "104.16.6.49",
        "151.101.1.1",
        "223.255.255.255",
        "2606:4700::6810:631",
        "2a04:4e42::81",
        "2001:4860:4860::8888",
    ],
)
def test_ordinary_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "localhost",
        "example.com",
        "1.1.1",
        "1.1",
        "16843009",
        "0x1.1.1.1",
        "0x01010101",
        "01.01.01.01",
        "001.1.1.1",
        "1.1.1.1 ",
        "1.1.1.1\n",
        "1.1.1.1/32",
        "1.1.1.1:443",
        "１.1.1.1",
        "2606:4700::1%eth0",
        "2606:4700::1%",
        "[2606:4700::1]",
        "2606:4700::1/128",
        "::ffff:1.1.1.1",
        "2606:4700::1::1",
    ],
)
def test_any_other_spelling_is_not_public(text):
    assert not is_public(text)
