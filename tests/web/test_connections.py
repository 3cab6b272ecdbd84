"""Connections that are slow, silent or too many."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta

import pytest

from tests.web.conftest import EVERYTHING, sign

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
SHORT = timedelta(milliseconds=100)


@asynccontextmanager
async def connected(site):
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def answer(reader):
    """Read one answer's status and its body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = next(line for line in head.split("\r\n") if line.startswith("content-length"))
    await reader.readexactly(int(length.split(":")[1]))
    return int(head.split()[1])


async def drip(writer, data):
    """Send byte after byte until the other side closes."""
    try:
        for position in range(len(data)):
            writer.write(data[position : position + 1])
            await writer.drain()
            await asyncio.sleep(0.005)
    except ConnectionError:
        return


async def closed(reader):
    """Read until the other side closes; gives what it said before."""
    said = b""
    async with asyncio.timeout(10):
        with suppress(ConnectionError):
            while part := await reader.read(1024):
                said += part
    return said


LONG_HEAD = b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 4_000


async def test_a_silent_connection_is_closed(serve):
    site = await serve(head_deadline=SHORT)

    async with connected(site) as (reader, _):
        assert await closed(reader) == b""


@pytest.mark.parametrize("answered", [0, 2])
async def test_a_head_that_arrives_byte_by_byte_has_a_deadline(serve, answered):
    site = await serve(head_deadline=SHORT)

    async with connected(site) as (reader, writer):
        for _ in range(answered):
            writer.write(GET)
            assert await answer(reader) == 200
        dripping = asyncio.create_task(drip(writer, LONG_HEAD))
        await closed(reader)
        dripping.cancel()
        await asyncio.wait({dripping})


async def test_a_request_in_hand_is_not_cut_short_by_the_deadline_of_the_head(serve):
    async def readiness():
        await asyncio.sleep(SHORT.total_seconds() * 3)
        return EVERYTHING

    site = await serve(head_deadline=SHORT, readiness=readiness)

    async with connected(site) as (reader, writer), asyncio.timeout(10):
        writer.write(GET.replace(b"livez", b"readyz"))
        assert await answer(reader) == 200


async def test_above_the_limit_the_oldest_idle_connection_makes_room(serve, caplog):
    site = await serve(most_connections=3)

    async with AsyncExitStack() as stack, asyncio.timeout(20):
        old = [await stack.enter_async_context(connected(site)) for _ in range(3)]
        for reader, writer in old:
            writer.write(GET)
            assert await answer(reader) == 200
        reader, writer = await stack.enter_async_context(connected(site))
        writer.write(GET)
        assert await answer(reader) == 200
        await closed(old[0][0])
        old[1][1].write(GET)
        assert await answer(old[1][0]) == 200

    assert "connections full" in caplog.text


async def test_many_silent_connections_shut_nobody_out(serve):
    site = await serve(most_connections=5)
    body = b"{}"

    async with AsyncExitStack() as stack, asyncio.timeout(20):
        for _ in range(40):
            await stack.enter_async_context(connected(site))
        response = await site.post(body)

    assert response.status == 204


async def test_a_burst_of_connections_does_not_pass_the_limit(serve):
    site = await serve(most_connections=5)

    async with AsyncExitStack() as stack, asyncio.timeout(20):
        pairs = await asyncio.gather(
            *(stack.enter_async_context(connected(site)) for _ in range(30))
        )
        for reader, _ in pairs[:-5]:
            await closed(reader)
        for _, writer in pairs[-5:]:
            writer.write(GET)
        statuses = [await answer(reader) for reader, _ in pairs[-5:]]

    assert statuses == [200] * 5


async def test_while_all_connections_are_at_work_one_more_is_turned_away(serve):
    site = await serve(most_connections=2)
    head = (
        b"POST /webhooks/patreon HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nX-Patreon-Signature: "
        + sign(b"{}").encode()
        + b"\r\nExpect: 100-continue\r\n\r\n"
    )

    async with AsyncExitStack() as stack, asyncio.timeout(20):
        busy = [await stack.enter_async_context(connected(site)) for _ in range(2)]
        for reader, writer in busy:
            writer.write(head)
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        reader, _ = await stack.enter_async_context(connected(site))
        assert await answer(reader) == 503
        await closed(reader)
        for reader, writer in busy:
            writer.write(b"{}")
            assert b" 204 " in await reader.readline()
