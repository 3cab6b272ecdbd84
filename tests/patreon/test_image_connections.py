"""Over real sockets: who is asked, what is sent along, and how many at a time."""

import asyncio
import io
import socket
import traceback
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from core.images import ImageFailure, ImageMissed, ImageRefused
from patreon.image_addresses import is_public
from patreon.image_links import read_link
from patreon.image_places import CheckedResolver, ClosedAddressError, Places, look_up
from sandbox.patreon import PatreonServer, PatreonWorld
from sandbox.patreon.images import AVATAR
from tests.patreon.image_servers import (
    HOST,
    PATH,
    PNG,
    SETTINGS,
    Authority,
    Counter,
    Names,
    RawServer,
    admitting,
    fetcher,
    link,
    miss,
    ok,
    refusal,
    say,
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


async def test_an_address_is_sent_as_the_link_spells_it():
    async with RawServer() as server, fetcher(admitting(server)) as images:
        await images.fetch(link(server.url + PATH), Counter())

    head = server.heads[0]
    assert head.startswith(f"GET {PATH} HTTP/1.1\r\n")
    assert "\r\nUser-Agent: Tests\r\n" in head
    assert "\r\nAccept-Encoding: identity\r\n" in head


async def test_the_stand_in_is_admitted_by_its_host_and_port(clock):
    world = PatreonWorld(seed=3, now=clock)
    async with PatreonServer(world) as server:
        host, port = server.image_host.split(":")
        address = read_link(world.images.url("user", "5001", AVATAR))

        async with fetcher() as images:
            refused = await refusal(images, address.url)
        async with fetcher(replace(SETTINGS, admitted=frozenset({(host, int(port))}))) as images:
            fetched = await images.fetch(address, io.BytesIO())
            clock.advance(days=365 * 20)
            late = await refusal(images, address.url)

    assert refused is ImageFailure.REFUSED_HOST
    assert fetched.media_type == "image/png"
    assert late is ImageFailure.EXPIRED


async def test_a_stand_in_may_have_a_name():
    async with RawServer() as server:
        settings = replace(SETTINGS, admitted=frozenset({("patreon-stand-in", 80)}))
        names = Names([("127.0.0.1", server.port)])
        async with fetcher(settings, names=names) as images:
            fetched = await images.fetch(link("http://patreon-stand-in/x.png"), Counter())
            other_scheme = await refusal(images, "https://patreon-stand-in:80/x.png")
            other_port = await refusal(images, "http://patreon-stand-in:81/x.png")
            other_name = await refusal(images, HOST + PATH)

    assert fetched.size_bytes == len(PNG)
    assert (other_scheme, other_port) == (ImageFailure.REFUSED_HOST,) * 2
    assert other_name is ImageFailure.REFUSED_ADDRESS


async def test_the_certificate_must_be_of_the_host_that_the_link_names(authority):
    tls = authority.server("*.patreonusercontent.com")
    async with RawServer(tls=tls) as server:
        names = Names([("127.0.0.1", server.port)])
        async with fetcher(names=names, is_public=bool, tls=authority.client) as images:
            fetched = await images.fetch(link(HOST + PATH), Counter())
            other = await miss(images, "https://www.patreon.com/x.png")

    assert fetched.size_bytes == len(PNG)
    assert "\r\nHost: c10.patreonusercontent.com\r\n" in server.heads[0]
    assert other is ImageFailure.UNTRUSTED
    assert len(server.heads) == 1


async def test_a_certificate_of_a_stranger_is_not_trusted(authority):
    tls = authority.server("*.patreonusercontent.com")
    async with RawServer(tls=tls) as server:
        names = Names([("127.0.0.1", server.port)])
        async with fetcher(names=names, is_public=bool) as images:
            assert await miss(images, HOST + PATH) is ImageFailure.UNTRUSTED

    assert server.heads == []


async def test_a_host_without_tls_is_not_told_what_is_asked():
    settings = replace(SETTINGS, connect_timeout=timedelta(seconds=0.2))

    async with RawServer() as server:
        names = Names([("127.0.0.1", server.port)])
        async with fetcher(settings, names=names, is_public=bool) as images:
            assert await miss(images, HOST + PATH) is ImageFailure.TIMED_OUT

    assert (server.connections, server.heads) == (1, [])


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
async def test_no_proxy_of_the_environment_is_asked(monkeypatch, authority, name):
    tls = authority.server("*.patreonusercontent.com")
    async with RawServer() as proxy, RawServer() as plain, RawServer(tls=tls) as server:
        for spelling in (name, name.lower()):
            monkeypatch.setenv(spelling, proxy.url)
        names = Names([("127.0.0.1", server.port)])
        trust = {"is_public": bool, "tls": authority.client}
        async with fetcher(admitting(plain), names=names, **trust) as images:
            await images.fetch(link(f"{plain.url}/x.png"), Counter())
            await images.fetch(link(HOST + PATH), Counter())

    assert proxy.connections == 0


async def test_no_password_of_the_environment_is_sent(monkeypatch, tmp_path):
    passwords = tmp_path / "netrc"
    passwords.write_text("machine 127.0.0.1 login user password word\n")
    monkeypatch.setenv("NETRC", str(passwords))

    async with RawServer() as server, fetcher(admitting(server)) as images:
        await images.fetch(link(f"{server.url}/x.png"), Counter())

    assert "authorization" not in server.heads[0].lower()


async def test_cookies_are_neither_kept_nor_sent_back():
    answer = ok(PNG, Set_Cookie="a=b; Path=/")

    async with RawServer(say(answer)) as server, fetcher(admitting(server)) as images:
        for _ in range(2):
            await images.fetch(link(f"{server.url}/x.png"), Counter())

    assert len(server.heads) == 2
    assert "cookie" not in "".join(server.heads).lower()


async def test_a_connection_is_used_again():
    async with RawServer() as server, fetcher(admitting(server)) as images:
        for _ in range(5):
            await images.fetch(link(f"{server.url}/x.png"), Counter())

    assert (server.connections, len(server.heads)) == (1, 5)


@pytest.mark.parametrize("at_once", [1, 3])
async def test_no_more_than_the_settings_say_are_fetched_at_once(at_once):
    now = most = 0

    async def busy(_, writer):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        writer.write(ok(PNG))

    settings = {"at_once": at_once}
    async with RawServer(busy) as server, fetcher(admitting(server, **settings)) as images:
        links = [link(f"{server.url}/{number}.png") for number in range(12)]
        await asyncio.gather(*(images.fetch(one, Counter()) for one in links))

    assert most == at_once


async def test_waiting_for_a_turn_does_not_count_as_waiting_for_the_other_side():
    async def slow(_, writer):
        await asyncio.sleep(0.1)
        writer.write(ok(PNG))

    short = timedelta(seconds=0.3)
    settings = {"connect_timeout": short, "read_timeout": short, "deadline": short}
    async with RawServer(slow) as server, fetcher(admitting(server, **settings)) as images:
        links = [link(f"{server.url}/{number}.png") for number in range(5)]
        fetched = await asyncio.gather(*(images.fetch(one, Counter()) for one in links))

    assert len(fetched) == 5


async def test_a_fetch_that_is_cancelled_gives_its_turn_back():
    begun = asyncio.Event()

    async def never(_, writer):
        begun.set()
        await asyncio.sleep(30)

    async with RawServer(never) as server, fetcher(admitting(server)) as images:
        task = asyncio.create_task(images.fetch(link(f"{server.url}/x.png"), Counter()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_name_without_addresses_is_away():
    async with fetcher(names=Names([])) as images:
        assert await miss(images, HOST + PATH) is ImageFailure.AWAY


async def test_a_name_server_that_does_not_answer_is_away():
    async def broken(host, port):
        raise OSError(-3, "Temporary failure in name resolution")

    async with fetcher(names=broken) as images:
        assert await miss(images, HOST + PATH) is ImageFailure.AWAY


async def test_a_name_server_that_is_slow_runs_into_the_timeout():
    async def slow(host, port):
        await asyncio.sleep(30)

    settings = replace(SETTINGS, connect_timeout=timedelta(seconds=0.1))
    async with fetcher(settings, names=slow) as images:
        assert await miss(images, HOST + PATH) is ImageFailure.TIMED_OUT


async def test_a_host_where_nobody_listens_is_away():
    async with RawServer() as server:
        pass

    async with fetcher(admitting(server)) as images:
        assert await miss(images, f"{server.url}/x.png") is ImageFailure.AWAY


async def test_neither_an_error_nor_its_cause_names_the_link():
    async with (
        RawServer(say(b"SSH-2.0-x\r\n\r\n")) as server,
        fetcher(admitting(server)) as images,
    ):
        with pytest.raises(ImageMissed) as missed:
            await images.fetch(link(f"{server.url}{PATH}"), Counter())

    shown = "".join(traceback.format_exception(missed.value))
    assert "token-hash" not in shown


async def test_the_operating_system_finds_addresses():
    assert ("127.0.0.1", 80) in await look_up("127.0.0.1", 80)


@pytest.mark.parametrize("addresses", [("1.1.1.1", "10.0.0.1"), ("10.0.0.1", "1.1.1.1")])
async def test_a_name_is_refused_as_a_whole(addresses):
    places = Places(("*.patreon.com",), frozenset())
    names = Names([(address, 443) for address in addresses])
    resolver = CheckedResolver(places, lookup=names, is_public=is_public)

    with pytest.raises(ImageRefused, match=r"10\.0\.0\.1"):
        await resolver.resolve("www.patreon.com", 443)


async def test_an_address_among_the_hosts_of_the_settings_is_looked_at_as_well():
    settings = replace(SETTINGS, hosts=("127.0.0.1",))

    async with fetcher(settings) as images:
        reason = await refusal(images, "https://127.0.0.1/x.png")

    assert reason is ImageFailure.REFUSED_ADDRESS


class TestTheLastLook:
    """Sockets are opened for public addresses, even when nothing was resolved before."""

    @pytest.fixture
    def places(self):
        return Places(("*.patreon.com",), frozenset({("127.0.0.1", 8080), ("stand-in", 80)}))

    @pytest.fixture
    def resolver(self, places):
        return CheckedResolver(places, lookup=Names([("127.0.0.1", 9090)]), is_public=is_public)

    @pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
    def test_a_closed_address_gets_no_socket(self, resolver, address):
        with pytest.raises(ClosedAddressError):
            resolver.open_socket(_info(address, 443))

    @pytest.mark.parametrize(("address", "port"), [("1.1.1.1", 443), ("127.0.0.1", 8080)])
    def test_a_public_address_and_a_stand_in_get_one(self, resolver, address, port):
        with resolver.open_socket(_info(address, port)) as opened:
            assert opened.family == socket.AF_INET

    async def test_a_named_stand_in_gets_one_where_its_name_leads(self, resolver):
        with pytest.raises(ClosedAddressError):
            resolver.open_socket(_info("127.0.0.1", 9090))

        await resolver.resolve("stand-in", 80)

        resolver.open_socket(_info("127.0.0.1", 9090)).close()

    async def test_an_address_in_place_of_a_name_is_not_connected_to(self, resolver):
        async with RawServer() as trap:
            connector = aiohttp.TCPConnector(
                resolver=resolver, socket_factory=resolver.open_socket, use_dns_cache=False
            )
            async with aiohttp.ClientSession(connector=connector) as session:
                with pytest.raises(aiohttp.ClientConnectorError) as refused:
                    await session.get(f"{trap.url}/x.png")

        assert isinstance(refused.value.os_error, ClosedAddressError)
        assert trap.connections == 0


def _info(address, port):
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))
