"""Requests that are malformed, unusual, endless or smuggled, over raw sockets."""

import asyncio
import logging
from contextlib import suppress

import pytest

from tests.web.raw import (
    BODY,
    GOOD,
    NAME,
    PATHS,
    SHORT,
    ask,
    connected,
    is_refused,
    open_doors,
    read_answer,
    request,
    reveals,
    signed,
)

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
async def site(serve, store):
    return await open_doors(serve, store)


CHUNKED = b"Transfer-Encoding: chunked"
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
SIGNATURE = NAME + GOOD.encode()


def _chunked(*headers, body=CHUNKS):
    return request(SIGNATURE, *(headers or (CHUNKED,)), body=body, length=False)


MALFORMED = {
    "a length and chunks": _chunked(b"Content-Length: %d" % len(BODY), CHUNKED),
    "chunks and a length": _chunked(CHUNKED, b"Content-Length: %d" % len(BODY)),
    "chunks and no length": _chunked(CHUNKED, b"Content-Length: 0"),
    "two lengths": signed(b"Content-Length: %d" % len(BODY)),
    "two lengths that differ": signed(b"Content-Length: 3"),
    "a list of lengths": _chunked(b"Content-Length: 84, 84", body=BODY),
    "a negative length": _chunked(b"Content-Length: -84", body=BODY),
    "a length with a plus": _chunked(b"Content-Length: +84", body=BODY),
    "a length in hex": _chunked(b"Content-Length: 0x54", body=BODY),
    "a length in words": _chunked(b"Content-Length: many", body=BODY),
    "a length with a fraction": _chunked(b"Content-Length: 84.0", body=BODY),
    "a length in Arabic digits": _chunked("Content-Length: ٨٤".encode(), body=BODY),
    "a blank length": _chunked(b"Content-Length:", body=BODY),
    "a length beyond every cap": _chunked(b"Content-Length: 99999999999", body=BODY),
    "a length beyond 64 bits": _chunked(b"Content-Length: " + b"9" * 400, body=BODY),
    "chunked twice": _chunked(b"Transfer-Encoding: chunked, chunked"),
    "chunked in two headers": _chunked(CHUNKED, CHUNKED),
    "chunked, then identity": _chunked(b"Transfer-Encoding: chunked, identity"),
    "an unknown transfer coding": _chunked(b"Transfer-Encoding: xchunked"),
    "a vertical tab before chunked": _chunked(b"Transfer-Encoding: \x0bchunked"),
    "a negative chunk": _chunked(body=b"-54\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk size with 0x": _chunked(body=b"0x54\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk size in words": _chunked(body=b"zz\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk size beyond 64 bits": _chunked(body=b"F" * 20 + b"\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk without its end": _chunked(body=b"%x\r\n%b0\r\n\r\n" % (len(BODY), BODY)),
    "a line end alone after a chunk size": _chunked(body=CHUNKS.replace(b"\r\n", b"\n")),
    "line ends without returns": signed().replace(b"\r\n", b"\n"),
    "a NUL in a name": signed(b"X-\0: 1"),
    "a header without a name": signed(b": 1"),
    "a header of a megabyte": signed(b"X-Long: " + b"a" * 1_000_000),
    "a megabyte of headers": signed(*[b"X-%d: 1" % number for number in range(60_000)]),
    "an address of a megabyte": signed(path="/webhooks/patreon?" + "a" * 1_000_000),
    "no host": signed().replace(b"Host: bot.example\r\n", b""),
    "a raw byte in the address": signed(line=b"POST /webhooks/patreon/\xff HTTP/1.1"),
    "a space in the address": signed(line=b"POST /webhooks/patreon x HTTP/1.1"),
    "a way up in the address": signed(line=b"POST /x/../webhooks/patreon HTTP/1.1"),
    "a doubled slash": signed(line=b"POST //webhooks/patreon HTTP/1.1"),
    "a coded slash": signed(line=b"POST /webhooks%2Fpatreon HTTP/1.1"),
    "a wrong protocol": signed(line=b"POST /webhooks/patreon FTP/1.1"),
    "an unknown version": signed(line=b"POST /webhooks/patreon HTTP/9.9"),
    "a version without digits": signed(line=b"POST /webhooks/patreon HTTP/x.y"),
    "the oldest protocol": b"POST /webhooks/patreon\r\n\r\n",
    "the newest protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a greeting of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "words": b"HELO bot.example\r\n\r\n",
    "NUL bytes": b"\0" * 4_000 + b"\r\n\r\n",
    "an unknown expectation": signed(b"Expect: a-miracle"),
    "no body": request(SIGNATURE, body=b"", length=False),
    "less than announced": _chunked(b"Content-Length: 85", body=BODY),
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_request_stores_nothing_although_it_is_signed(site, raw):
    answer = await ask(site, raw)

    assert is_refused(answer)
    assert await site.events() == []


@pytest.mark.parametrize(
    "name", ["a negative length", "a NUL in a name", "words", "line ends without returns"]
)
async def test_the_answer_to_a_malformed_request_is_hardened_too(site, name):
    answer = await ask(site, MALFORMED[name])

    assert reveals(answer) == []
    assert b"x-content-type-options: nosniff" in answer.head.lower()


async def test_no_answer_to_a_stranger_tells_of_the_inside(site):
    raws = [
        *(request(*headers, path=path) for headers in ([], [NAME + b"0" * 32]) for path in PATHS),
        request(NAME + b"0" * 32, path="/webhooks/patreon/unknown"),
        request(line=b"GET /webhooks/patreon HTTP/1.1"),
        request(line=b"GET /nothing HTTP/1.1"),
        _chunked(b"Content-Length: 99999999999", body=BODY),
        _chunked(b"Content-Length: 85", body=BODY),
    ]

    for raw in raws:
        answer = await ask(site, raw)
        assert is_refused(answer)
        assert reveals(answer) == []
        assert b"server:" not in answer.head.lower()


UNUSUAL = {
    "names in odd case": signed().replace(NAME, b"x-PATREON-sIGNATURE: "),
    "blanks around the value": signed().replace(SIGNATURE, SIGNATURE + b" \t "),
    "HTTP/1.0": signed(line=b"POST /webhooks/patreon HTTP/1.0"),
    "HTTP/1.0 without a host": signed(line=b"POST /webhooks/patreon HTTP/1.0").replace(
        b"Host: bot.example\r\n", b""
    ),
    "a whole address": signed(line=b"POST http://bot.example/webhooks/patreon HTTP/1.1"),
    "a query": signed(path="/webhooks/patreon?a=1&b=2"),
    "chunks": _chunked(),
    "chunks of one byte": _chunked(
        body=b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
    ),
    "chunks with extensions": _chunked(body=CHUNKS.replace(b"\r\n", b';a="b";c\r\n', 1)),
    "chunks with a trailer": _chunked(body=CHUNKS[:-2] + b"X-Trailer: 1\r\n\r\n"),
    "a wish to upgrade": signed(b"Connection: Upgrade", b"Upgrade: websocket"),
}


@pytest.mark.parametrize("raw", UNUSUAL.values(), ids=UNUSUAL.keys())
async def test_an_unusual_but_right_request_is_stored_once_byte_for_byte(site, raw):
    answer = await ask(site, raw)

    assert answer.status == 204
    assert [event.body for event in await site.events()] == [BODY]


async def test_requests_in_one_connection_are_judged_one_by_one(site):
    forged = request(NAME + b"0" * 32)
    raws = [signed(), forged, signed(body=b"{}"), request(), signed(line=b"GET / HTTP/1.1")]

    async with connected(site) as (reader, writer):
        writer.write(b"".join(raws) + signed(body=b"[]"))
        answers = [await read_answer(reader) for _ in range(6)]

    assert [answer.status for answer in answers] == [204, 403, 204, 403, 200, 204]
    assert [event.body for event in await site.events()] == [BODY, b"{}", b"[]"]


@pytest.mark.parametrize("smuggled", [signed(), b"0\r\n\r\n" + signed()])
async def test_a_request_inside_the_body_of_another_is_only_a_body(site, smuggled):
    carrier = request(NAME + b"0" * 32, body=smuggled)

    async with connected(site) as (reader, writer):
        writer.write(carrier + request())
        answers = [await read_answer(reader) for _ in range(2)]

    assert [answer.status for answer in answers] == [403, 403]
    assert await site.events() == []


async def trickle(site, head, piece, *, pause=0.01):
    """Send `piece` again and again until there is an answer."""
    async with connected(site) as (reader, writer):
        writer.write(head)
        answering = asyncio.create_task(read_answer(reader))
        with suppress(ConnectionError):
            while not answering.done():
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
        return await answering


LENGTHY = _chunked(b"Content-Length: 100000", body=b"")
ENDLESS = {
    "a body byte by byte": (LENGTHY, b"x", 408),
    "chunks of one byte": (_chunked(body=b""), b"1\r\nx\r\n", 408),
    "an extension of a chunk": (_chunked(body=b"1;a="), b"b" * 1_000, None),
    "trailers": (_chunked(body=b"0\r\n"), b"X-Trailer: 1\r\n", None),
    "chunks beyond the cap": (_chunked(body=b""), b"%x\r\n%b\r\n" % (2**19, b"x" * 2**19), 413),
}


@pytest.mark.parametrize(("head", "piece", "status"), ENDLESS.values(), ids=ENDLESS.keys())
async def test_what_never_ends_is_given_up_and_stores_nothing(site, head, piece, status):
    answer = await trickle(site, head, piece)

    assert is_refused(answer)
    assert status is None or answer is None or answer.status == status
    assert await site.events() == []


async def test_a_head_that_never_ends_is_cut_off(serve):
    site = await serve(head_deadline=SHORT)
    head = b"POST /webhooks/patreon HTTP/1.1\r\nHost: x\r\n" + SIGNATURE

    answer = await trickle(site, head, b"\r\nX-More: 1")

    assert is_refused(answer)
    assert await site.events() == []


async def test_malformed_requests_do_not_fill_the_log(site, caplog):
    for _ in range(20):
        await ask(site, MALFORMED["a NUL in a name"])

    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) <= 2
