"""Requests without a valid signature are limited by client; signed ones never are."""

import asyncio
from ipaddress import ip_network

import pytest

from core.errors import TemporaryError
from tests.web.conftest import sign
from web.limits import LimitSettings

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

BODY = b'{"data": {}}'
FORGED = {"X-Patreon-Signature": sign(BODY, "another secret")}
SIGNED = {"X-Patreon-Signature": sign(BODY)}
THREE = LimitSettings(most=3)


@pytest.fixture
async def site(serve):
    """A server behind a trusted proxy that takes three unsigned requests a minute."""
    return await serve(unsigned=THREE, trusted_proxies=(ip_network("127.0.0.1"),))


async def statuses(site, headers, times, *, of="203.0.113.5", body=BODY):
    headers = headers | {"X-Forwarded-For": of}
    return [(await site.post(body, headers)).status for _ in range(times)]


async def test_too_many_forgeries_are_turned_away_until_time_passes(site, clock):
    assert await statuses(site, FORGED, 5) == [403, 403, 403, 429, 429]

    clock.advance(seconds=20)

    assert await statuses(site, FORGED, 2) == [403, 429]


async def test_who_is_turned_away_is_told_when_to_come_again(site):
    await statuses(site, FORGED, 3)

    response = await site.post(BODY, FORGED | {"X-Forwarded-For": "203.0.113.5"})

    assert (response.status, response.headers["Retry-After"]) == (429, "20")
    assert response.headers["Connection"] == "close"


async def test_another_client_is_not_turned_away(site):
    await statuses(site, FORGED, 4)

    assert await statuses(site, SIGNED, 2, of="203.0.113.6") == [204, 204]


async def test_the_addresses_of_one_ipv6_network_are_one_client(site):
    await statuses(site, FORGED, 3, of="2001:db8:0:1::1")

    assert await statuses(site, FORGED, 1, of="2001:db8:0:1:ffff::2") == [429]
    assert await statuses(site, FORGED, 1, of="2001:db8:0:2::1") == [403]


async def test_signed_deliveries_are_never_counted(site):
    assert await statuses(site, SIGNED, 30) == [204] * 30


async def test_a_client_that_signs_is_never_turned_away_whatever_else_it_sends(site):
    await statuses(site, SIGNED, 1)
    assert await statuses(site, FORGED, 20) == [403] * 20

    assert await statuses(site, SIGNED, 20) == [204] * 20


async def test_what_a_client_sent_long_ago_speaks_for_it_no_more(site, clock):
    await statuses(site, SIGNED, 1)
    clock.advance(days=1)

    assert await statuses(site, FORGED, 4) == [403, 403, 403, 429]


async def test_bodies_that_are_too_long_are_counted_too(serve):
    site = await serve(
        unsigned=THREE, max_body_bytes=10, trusted_proxies=(ip_network("127.0.0.1"),)
    )

    assert await statuses(site, SIGNED, 4, body=b"x" * 11) == [413, 413, 413, 429]


async def test_a_signed_delivery_that_cannot_be_stored_is_not_counted(serve, store):
    class Full:
        read = store.read

        async def add_deliveries(self, deliveries):
            raise TemporaryError("The disk is full.")

    site = await serve(store=Full(), unsigned=THREE)

    assert await statuses(site, SIGNED, 6) == [503] * 6


async def test_health_is_told_to_clients_that_are_turned_away(site):
    await statuses(site, FORGED, 4)

    response = await site.get("/livez", headers={"X-Forwarded-For": "203.0.113.5"})

    assert response.status == 200


async def test_the_body_of_a_delivery_without_a_signature_is_not_waited_for(site):
    async def never():
        yield b"x"
        await asyncio.Event().wait()

    async with (
        asyncio.timeout(5),
        site.client.post(site.url("/webhooks/patreon"), data=never()) as response,
    ):
        assert response.status == 403
