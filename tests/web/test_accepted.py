"""The 204 of a stored delivery: one answer for all of them, and nothing of HTTP forgotten."""

import asyncio
import http.client
import io
from email.utils import parsedate_to_datetime

import pytest

from tests.web.conftest import sign
from web.headers import HARDENED

BODY = b'{"data": {"type": "member", "id": "m-1"}}'


def request_bytes(*, version="1.1", connection=None, body=BODY):
    lines = [
        f"POST /webhooks/patreon HTTP/{version}",
        "Host: bot",
        f"X-Patreon-Signature: {sign(body)}",
        f"Content-Length: {len(body)}",
    ]
    if connection:
        lines.append(f"Connection: {connection}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def read_head(reader):
    async with asyncio.timeout(5):
        head = await reader.readuntil(b"\r\n\r\n")
    status_line, _, rest = head.decode().partition("\r\n")
    return status_line, http.client.parse_headers(io.BytesIO(rest.encode()))


async def test_the_answer_says_when_and_carries_the_headers_of_every_answer(site, clock):
    response = await site.post(BODY)

    assert response.status == 204
    assert response.headers["Date"].endswith(" GMT")
    assert parsedate_to_datetime(response.headers["Date"]) == clock().replace(microsecond=0)
    assert {name: response.headers[name] for name in HARDENED} == HARDENED
    assert "Server" not in response.headers
    # RFC 9110, 8.6: not in a 204.
    assert "Content-Length" not in response.headers


async def test_the_date_goes_on(site, clock):
    first = await site.post(BODY)
    clock.advance(minutes=1)
    second = await site.post(BODY)

    dates = [parsedate_to_datetime(each.headers["Date"]) for each in (first, second)]
    assert (dates[1] - dates[0]).total_seconds() == 60


async def test_many_requests_on_one_connection_are_answered_one_by_one(site):
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    bodies = [b'{"n": %d}' % number for number in range(20)]
    writer.write(b"".join(request_bytes(body=body) for body in bodies))

    answers = [(await read_head(reader))[0] for _ in bodies]

    writer.close()
    assert answers == ["HTTP/1.1 204 No Content"] * len(bodies)
    assert [event.body for event in await site.events()] == bodies


@pytest.mark.parametrize(
    ("version", "asked", "answered", "is_kept"),
    [
        ("1.1", None, None, True),
        ("1.1", "keep-alive", None, True),
        ("1.1", "close", "close", False),
        ("1.0", None, None, False),
        ("1.0", "keep-alive", "keep-alive", True),
    ],
)
async def test_the_connection_is_kept_or_closed_as_it_was_asked(
    site, version, asked, answered, is_kept
):
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(request_bytes(version=version, connection=asked))
    status_line, headers = await read_head(reader)
    if is_kept:
        writer.write(request_bytes(version=version, connection=asked))
        again, _ = await read_head(reader)
        assert again == status_line
    else:
        async with asyncio.timeout(5):
            assert await reader.read() == b""
    writer.close()

    assert status_line == f"HTTP/{version} 204 No Content"
    assert headers["Connection"] == answered


async def test_who_hangs_up_before_the_answer_has_the_delivery_stored_and_disturbs_nobody(
    serve, store, caplog
):
    release, arrived = asyncio.Event(), asyncio.Event()

    class Slow:
        read = store.read

        async def add_deliveries(self, deliveries):
            arrived.set()
            await release.wait()
            await store.add_deliveries(deliveries)

    site = await serve(store=Slow())
    _, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(request_bytes())
    async with asyncio.timeout(5):
        await arrived.wait()
        writer.close()
        await writer.wait_closed()
        release.set()
        response = await site.post(b'{"n": 1}')

    assert response.status == 204
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
