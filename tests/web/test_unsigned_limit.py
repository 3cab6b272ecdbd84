"""The limit by itself, without a server."""

from datetime import timedelta

import pytest

from web.addresses import network_of
from web.limits import LimitSettings, UnsignedLimit


def test_the_least_recent_clients_are_forgotten(clock):
    limit = UnsignedLimit(LimitSettings(most=1, most_clients=2), clock=clock)

    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.3"):
        limit.note_unsigned(address)

    assert limit.wait("192.0.2.1") is not None
    assert limit.wait("192.0.2.2") is None
    assert limit.wait("192.0.2.3") is not None


def test_a_clock_that_is_set_back_locks_nobody_out(clock):
    limit = UnsignedLimit(LimitSettings(most=1), clock=clock)
    limit.note_unsigned("192.0.2.1")
    clock.advance(days=-1)
    assert limit.wait("192.0.2.1") == timedelta(minutes=1)

    clock.advance(minutes=1)

    assert limit.wait("192.0.2.1") is None


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:9::1", "2001:db8::/64"),
        ("unknown", "unknown"),
    ],
)
def test_what_one_client_is_taken_for(address, client):
    assert network_of(address) == client
