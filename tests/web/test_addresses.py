from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.addresses import client_address

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("::1/128"), ip_network("127.0.0.1/32")]


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [" , ,198.51.100.1,"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("::1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("fe80::1%eth0", [], "fe80::1"),
        (None, ["198.51.100.1"], "unknown"),
        ("", [], "unknown"),
    ],
)
def test_the_list_is_walked_from_the_right_past_trusted_proxies_only(peer, headers, expected):
    assert client_address(peer, headers, TRUSTED) == expected


def test_nobody_is_trusted_by_default():
    assert client_address("127.0.0.1", ["6.6.6.6"], []) == "127.0.0.1"


def test_an_endless_header_is_read_only_in_part():
    headers = ["6.6.6.6," + "10.0.0.2," * 100_000 + "10.0.0.3"]

    assert client_address("10.0.0.1", headers, TRUSTED) == "10.0.0.2"


@given(st.lists(st.text(max_size=40), max_size=5), st.ip_addresses())
def test_whatever_is_sent_an_untrusted_caller_keeps_its_address(headers, peer):
    assert client_address(str(peer), headers, []) == client_address(str(peer), [], [])
