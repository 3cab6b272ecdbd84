"""Over real sockets: whatever is sent, it is bounded in bytes, memory and time, or refused."""

import asyncio
import gzip
import io
import itertools
import socket
import ssl
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from core.images import ImageFailure
from tests.patreon.image_servers import (
    GIF,
    PNG,
    Authority,
    Counter,
    Names,
    RawServer,
    admitting,
    fetcher,
    link,
    miss,
    ok,
    redirect,
    refusal,
    say,
)

MOST = 256 * 1024
BLOCK = PNG + bytes(64 * 1024 - len(PNG))
# What sockets and streams on both sides hold between them.
BUFFERS = 16 * 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
SLOW = {"read_timeout": timedelta(seconds=0.1), "deadline": timedelta(seconds=0.4)}


class Endless:
    """Sends a head, then a block again and again; counts what it got rid of."""

    def __init__(self, head, block, *, pause=0.0):
        self.sent = 0
        self._head, self._block, self._pause = head, block, pause

    async def __call__(self, _, writer):
        writer.write(self._head)
        # Whoever goes on reading for ever makes the test fail, not hang.
        for _ in itertools.repeat(None, 10_000):
            writer.write(self._block)
            await writer.drain()
            self.sent += len(self._block)
            await asyncio.sleep(self._pause)


def chunked(block):
    return f"{len(block):x}\r\n".encode() + block + b"\r\n"


ENDLESS = {
    "without a length": (HEAD + b"\r\n", BLOCK),
    "chunked": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunked(BLOCK)),
    "in tiny chunks": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(PNG),
        chunked(b"x") * 4096,
    ),
    "of a modest length": (HEAD + f"Content-Length: {MOST + 1}\r\n\r\n".encode(), BLOCK),
    "of a huge length": (HEAD + b"Content-Length: 99999999999999\r\n\r\n", BLOCK),
}


@pytest.mark.parametrize("kind", ENDLESS)
async def test_hostile_endless_body_is_cut_at_the_limit(kind):
    endless = Endless(*ENDLESS[kind])
    file = Counter()

    async with (
        RawServer(endless) as server,
        fetcher(admitting(server, max_bytes=MOST)) as images,
    ):
        assert await refusal(images, f"{server.url}/x.png", file) is ImageFailure.TOO_LARGE

    assert file.size <= MOST
    assert endless.sent < BUFFERS


async def test_hostile_endless_body_is_cut_behind_tls_though_no_goodbye_is_heard(tmp_path):
    authority = Authority(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        flood = asyncio.create_task(
            asyncio.to_thread(_flood, listener, authority.server("*.patreonusercontent.com"))
        )
        names = Names([listener.getsockname()])
        trust = {"is_public": bool, "tls": authority.client}
        async with fetcher(admitting(max_bytes=MOST), names=names, **trust) as images:
            reason = await refusal(images, "https://c10.patreonusercontent.com/x.png")
            sent = await flood

    assert reason is ImageFailure.TOO_LARGE
    assert sent < BUFFERS


def _flood(listener, context):
    """Send without ever listening until the connection breaks; tell how much was sent.

    Raises:
        TimeoutError: the connection is kept, and nobody reads.
    """
    listener.settimeout(5)
    raw, _ = listener.accept()
    raw.settimeout(5)
    sent = 0
    with (
        context.wrap_socket(raw, server_side=True) as connection,
        suppress(ConnectionError, ssl.SSLEOFError),
    ):
        connection.recv(64 * 1024)
        connection.sendall(HEAD + b"\r\n")
        while sent < 4 * BUFFERS:
            connection.sendall(BLOCK)
            sent += len(BLOCK)
    return sent


async def test_memory_stays_flat_while_a_large_body_streams():
    most = 20 * 1024 * 1024
    endless = Endless(HEAD + b"\r\n", BLOCK)

    async with (
        RawServer(endless) as server,
        fetcher(admitting(server, max_bytes=most)) as images,
    ):
        await images.fetch(link((await _warm(server, endless)) + "/x.png"), Counter())
        tracemalloc.start()
        try:
            await refusal(images, f"{server.url}/x.png")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert endless.sent >= most
    assert peak < 3 * 1024 * 1024


async def _warm(server, then):
    async def first(head, writer):
        writer.write(ok(PNG))
        server.answer = then

    server.answer = first
    return server.url


BODIES = {
    "nothing": b"",
    "one byte": b"\x89",
    "a cut signature": PNG[:7],
    "a signature alone": PNG[:8],
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "svg with a declaration": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
    "svg with an entity bomb": b"<!DOCTYPE svg [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><svg/>",
    "html": b"<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>",
    "html before a picture": b"<html><!--" + PNG + b"--></html>",
    "blanks before a picture": b"\r\n\r\n" + PNG,
    "script": b"GIF89=1;alert(1)//" + bytes(40),
    "json": b'{"errors":[{"status":"403"}]}',
    "pdf": b"%PDF-1.7\n" + PNG,
    "zip": b"PK\x03\x04" + bytes(60),
    "gzip": gzip.compress(PNG),
    "bmp": b"BM" + bytes(100),
    "tiff": b"II*\0" + bytes(100),
    "icon": b"\0\0\x01\0\x01\0" + bytes(100),
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(100),
    "mp4": b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(100),
    "wave": b"RIFF\x24\0\0\0WAVEfmt " + bytes(100),
    "elf": b"\x7fELF" + bytes(100),
    "zeros": bytes(100_000),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_hostile_body_that_is_no_image_is_refused_whatever_it_is_declared_as(body):
    file = io.BytesIO()

    async with RawServer(say(ok(body))) as server, fetcher(admitting(server)) as images:
        reason = await refusal(images, f"{server.url}/x.png", file)

    assert reason is ImageFailure.NOT_AN_IMAGE
    assert file.getvalue() == b""


async def test_hostile_compressed_body_is_not_unpacked():
    bomb = gzip.compress(PNG + bytes(50_000_000))

    async with (
        RawServer(say(ok(bomb, Content_Encoding="gzip"))) as server,
        fetcher(admitting(server)) as images,
    ):
        assert await refusal(images, f"{server.url}/x.png") is ImageFailure.NOT_AN_IMAGE


@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", b"PK\x03\x04", b"<?php ?>"])
async def test_hostile_polyglot_is_only_ever_what_its_first_bytes_are(tail):
    body = GIF + tail
    answer = ok(body, declared="text/html", Content_Disposition="inline; filename=x.html")

    async with RawServer(say(answer)) as server, fetcher(admitting(server)) as images:
        fetched = await images.fetch(link(f"{server.url}/x.html"), Counter())

    assert (fetched.media_type, fetched.size_bytes) == ("image/gif", len(body))


BROKEN = {
    "shorter than it says": HEAD + b"Content-Length: 5000\r\n\r\n" + PNG,
    "no last chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(PNG),
    "a cut chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(PNG)[:-9],
    "a chunk of a strange size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + PNG,
    "a chunk of a negative size": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + PNG,
    "a strange length": HEAD + b"Content-Length: many\r\n\r\n" + PNG,
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n" + PNG,
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 500\r\n\r\n" + PNG,
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a strange status": b"HTTP/1.1 OK\r\n\r\n",
    "a long status line": b"HTTP/1.1 200 " + b"x" * 100_000 + b"\r\n\r\n",
    "a long header": HEAD + b"X: " + b"x" * 100_000 + b"\r\n\r\n" + PNG,
    "half a head": HEAD,
    "nothing": b"",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_hostile_broken_answer_may_be_tried_again(answer):
    async with (
        RawServer(say(answer, close=True)) as server,
        fetcher(admitting(server)) as images,
    ):
        reason = await miss(images, f"{server.url}/x.png")

    assert reason in (ImageFailure.BROKEN, ImageFailure.AWAY)


DRIPS = {
    "status": (b"HTTP/1.1 200 ", b"O"),
    "headers": (HEAD, b"X: y\r\n"),
    "body without a length": (HEAD + b"\r\n" + BLOCK, b"x"),
    "body": (HEAD + b"Content-Length: 200000\r\n\r\n" + BLOCK, b"x"),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(PNG), chunked(b"x")),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("kind", DRIPS)
async def test_hostile_slow_drip_ends_with_the_deadline(kind):
    head, drop = DRIPS[kind]

    async with (
        RawServer(Endless(head, drop, pause=0.02)) as server,
        fetcher(admitting(server, **SLOW)) as images,
    ):
        reason = await miss(images, f"{server.url}/x.png")

    assert reason is ImageFailure.TIMED_OUT


@pytest.mark.parametrize("said", [b"", HEAD, HEAD + b"Content-Length: 5000\r\n\r\n" + PNG])
async def test_hostile_silence_ends_with_the_read_timeout(said):
    async def then_nothing(_, writer):
        writer.write(said)
        await asyncio.sleep(30)

    settings = {**SLOW, "deadline": timedelta(seconds=20)}
    async with (
        RawServer(then_nothing) as server,
        fetcher(admitting(server, **settings)) as images,
    ):
        assert await miss(images, f"{server.url}/x.png") is ImageFailure.TIMED_OUT


async def test_hostile_redirects_share_one_deadline():
    async def dawdle(_, writer):
        await asyncio.sleep(0.8)
        writer.write(redirect("/again"))

    settings = {"read_timeout": timedelta(seconds=5), "deadline": timedelta(seconds=2)}
    async with RawServer(dawdle) as server, fetcher(admitting(server, **settings)) as images:
        assert await miss(images, f"{server.url}/x.png") is ImageFailure.TIMED_OUT

    assert len(server.heads) < 4


async def test_hostile_redirect_loop_ends_after_three():
    async with RawServer(say(redirect("/x.png"))) as server, fetcher(admitting(server)) as images:
        assert await refusal(images, f"{server.url}/x.png") is ImageFailure.TOO_MANY_REDIRECTS

    assert len(server.heads) == 4


async def test_hostile_body_of_a_redirect_is_not_read():
    head = b"HTTP/1.1 302 Found\r\nLocation: /x.png\r\n\r\n"
    endless = Endless(head, BLOCK)

    async with RawServer(endless) as server, fetcher(admitting(server)) as images:
        reason = await refusal(images, f"{server.url}/x.png")

    assert reason is ImageFailure.TOO_MANY_REDIRECTS
    assert endless.sent < BUFFERS


async def test_hostile_answers_do_not_use_up_the_turns():
    silent = Endless(HEAD, b"X: y\r\n", pause=0.02)

    async with (
        RawServer(silent) as server,
        fetcher(replace(admitting(server, **SLOW), at_once=2)) as images,
    ):
        links = [f"{server.url}/{number}.png" for number in range(6)]
        reasons = await asyncio.gather(*(miss(images, url) for url in links))

    assert set(reasons) == {ImageFailure.TIMED_OUT}
