"""Over real sockets: nobody gets us to ask where we should not, or to swallow what we should not.

A trap listens on this machine and would answer with a picture; nothing may connect to it.
"""

import asyncio

import pytest
from pytest_socket import SocketConnectBlockedError

from core.images import ImageFailure
from tests.patreon.hostile_places import ADDRESSES, HOSTS, NO_ADDRESSES
from tests.patreon.image_servers import (
    HOST,
    PATH,
    Authority,
    Counter,
    Names,
    RawServer,
    admitting,
    fetcher,
    link,
    ok,
    redirect,
    refusal,
    say,
)

PUBLIC = "93.184.216.34"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
async def trap():
    async with RawServer() as trap:
        yield trap
        # Whoever has connected is counted in the next round of the loop.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert trap.connections == 0


@pytest.mark.parametrize("url", HOSTS + NO_ADDRESSES)
async def test_a_hostile_link_is_refused_before_its_name_is_resolved(trap, url):
    names = Names([("127.0.0.1", trap.port)])

    async with fetcher(names=names) as images:
        reason = await refusal(images, url.replace("{port}", str(trap.port)))

    assert reason is ImageFailure.REFUSED_HOST
    assert names.asked == []


@pytest.mark.parametrize("url", HOSTS)
async def test_a_hostile_redirect_is_refused_before_its_name_is_resolved(trap, url):
    names = Names([("127.0.0.1", trap.port)])
    location = url.replace("{port}", str(trap.port))

    async with RawServer() as server, fetcher(admitting(server), names=names) as images:
        server.answer = say(redirect(location))
        reason = await refusal(images, f"{server.url}/x.png")

    assert reason is ImageFailure.REFUSED_HOST
    assert (names.asked, len(server.heads)) == ([], 1)


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_name_that_leads_to_a_hostile_address_is_refused(trap, address):
    names = Names([(address, trap.port)])

    async with fetcher(names=names) as images:
        assert await refusal(images, HOST + PATH) is ImageFailure.REFUSED_ADDRESS

    assert names.asked == [("c10.patreonusercontent.com", 443)]


@pytest.mark.parametrize(
    "addresses",
    [
        [PUBLIC, "127.0.0.1"],
        ["127.0.0.1", PUBLIC],
        ["2606:4700::1", "::1"],
        [PUBLIC, "2606:4700::1", "::ffff:127.0.0.1"],
    ],
)
async def test_one_hostile_address_among_public_ones_is_enough(trap, addresses):
    names = Names([(address, trap.port) for address in addresses])

    async with fetcher(names=names) as images:
        assert await refusal(images, HOST + PATH) is ImageFailure.REFUSED_ADDRESS


async def test_a_redirect_to_a_good_name_with_a_hostile_address_is_refused(trap):
    names = Names([("127.0.0.1", trap.port)])

    async with RawServer() as server, fetcher(admitting(server), names=names) as images:
        server.answer = say(redirect(HOST + PATH))
        reason = await refusal(images, f"{server.url}/x.png")

    assert reason is ImageFailure.REFUSED_ADDRESS


async def test_a_fragment_does_not_hide_the_host(trap):
    names = Names([("127.0.0.1", trap.port)])

    async with fetcher(names=names) as images:
        reason = await refusal(images, f"{HOST}#@127.0.0.1:{trap.port}/x.png")

    assert reason is ImageFailure.REFUSED_ADDRESS
    assert names.asked == [("c10.patreonusercontent.com", 443)]


async def test_a_name_that_changes_after_the_look_up_is_connected_to_what_was_checked(trap):
    names = Names([(PUBLIC, trap.port)], [("127.0.0.1", trap.port)])

    async with fetcher(names=names) as images:
        # Beyond this machine nothing can be reached here; who is tried is what counts.
        with pytest.raises((SocketConnectBlockedError, UserWarning), match=PUBLIC):
            await images.fetch(link(HOST + PATH), Counter())

        assert len(names.asked) == 1
        assert await refusal(images, HOST + PATH) is ImageFailure.REFUSED_ADDRESS


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
async def test_every_new_connection_asks_and_checks_again(trap, authority):
    tls = authority.server("*.patreonusercontent.com")
    async with RawServer(host="127.0.0.2", tls=tls) as server:
        names = Names([("127.0.0.2", server.port)], [("127.0.0.1", trap.port)])
        async with fetcher(
            names=names, is_public="127.0.0.2".__eq__, tls=authority.client
        ) as images:
            server.answer = say(ok(b"", Connection="close"))
            assert await refusal(images, HOST + PATH) is ImageFailure.NOT_AN_IMAGE
            assert await refusal(images, HOST + PATH) is ImageFailure.REFUSED_ADDRESS

    assert server.connections == 1


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
async def test_a_redirect_whose_name_has_changed_meanwhile_is_refused(trap, authority):
    tls = authority.server("*.patreonusercontent.com")
    async with RawServer(host="127.0.0.2", tls=tls) as server:
        names = Names([("127.0.0.2", server.port)], [("127.0.0.1", trap.port)])
        async with fetcher(
            names=names, is_public="127.0.0.2".__eq__, tls=authority.client
        ) as images:
            server.answer = say(redirect("https://c11.patreonusercontent.com/x.png"))
            assert await refusal(images, HOST + PATH) is ImageFailure.REFUSED_ADDRESS

    assert [host for host, _ in names.asked] == [
        "c10.patreonusercontent.com",
        "c11.patreonusercontent.com",
    ]
