"""Files on their way: names that harm nobody, and readers who take their time."""

import asyncio
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from tests.web.handing import picture
from web.sending import Sending, disposition, numbered, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("cat.png", "cat.png"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\cat.png", "C__cat.png"),
        ('a"b\r\nSet-Cookie: x.png', "a_b__Set-Cookie_ x.png"),
        ("gpj.\u202egnp.exe", "gpj._gnp.exe"),
        ("", "picture"),
        (" ... ", "picture"),
        ("x" * 300 + ".jpeg", "x" * 95 + ".jpeg"),
        ("." + "x" * 300, "x" * 100),
    ],
)
def test_a_name_is_made_safe(name, safe):
    assert safe_name(name) == safe


def test_the_header_is_ascii_without_quotes_or_lines_of_its_own():
    spelled = disposition('ä"\r\n\U0001f600%.png\ud800')

    assert spelled.isascii()
    assert spelled.count('"') == 2
    assert not {"\r", "\n"} & set(spelled)


def test_numbers_keep_the_order():
    assert numbered(9, picture(b"", name="a.png")) == "10-a.png"


class serving:  # noqa: N801
    """Serves one answer at every address."""

    def __init__(self, answer):
        self._answer = answer

    async def __aenter__(self):
        async def handle(request):
            return self._answer()

        app = web.Application()
        app.router.add_get("/", handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self._client = aiohttp.ClientSession(f"http://127.0.0.1:{port}")
        return self._client

    async def __aexit__(self, *error):
        await self._client.close()
        await self._runner.cleanup()


async def test_a_part_of_a_file_is_sent_as_a_part(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    sending = Sending()
    async with (
        serving(lambda: sending.picture(picture(b""), path)) as client,
        client.get("/", headers={"Range": "bytes=2-4"}) as answer,
    ):
        assert (answer.status, await answer.read()) == (206, b"234")


async def test_when_too_much_is_being_sent_others_wait(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 50_000_000)
    sending = Sending(most=1)
    async with serving(lambda: sending.picture(picture(b""), path)) as client:
        async with client.get("/") as slow:
            assert slow.status == 200
            async with client.get("/") as other:
                assert other.status == 503
                assert other.headers["Retry-After"] == "30"
            assert len(await slow.read()) == 50_000_000
        async with client.get("/", headers={"Range": "bytes=0-0"}) as later:
            assert later.status == 206


async def test_who_reads_too_slowly_is_cut_off_and_makes_room(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 50_000_000)
    sending = Sending(most=1, longest=timedelta(milliseconds=100))
    async with (
        serving(lambda: sending.picture(picture(b""), path)) as client,
        client.get("/") as slow,
    ):
        async with asyncio.timeout(10):
            while sending._turn.is_busy:
                await asyncio.sleep(0.02)
        with pytest.raises((aiohttp.ClientPayloadError, ConnectionError)):
            await slow.read()


async def test_an_archive_that_breaks_in_the_middle_is_not_taken_for_whole():
    async def parts():
        yield "01.png", b"x" * 100
        raise RuntimeError("disk")

    sending = Sending()
    async with (
        serving(lambda: sending.archive(parts(), save_as="all.zip")) as client,
        client.get("/") as answer,
    ):
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
    assert not sending._turn.is_busy
