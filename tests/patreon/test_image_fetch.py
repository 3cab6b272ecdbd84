"""What answers, types and redirects mean for a fetch; `test_hostile_images` has real sockets."""

import io
from datetime import timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest
from aiohttp import ClientResponse
from aioresponses import aioresponses
from yarl import URL

from core.images import ImageFailure, ImageMissed, ImageRefused
from patreon.image_fetch import ImageDownloader
from patreon.image_links import read_link
from patreon.image_settings import ImageSettings
from tests.patreon.image_servers import AVIF, GIF, JPEG, PNG, WEBP

HOST = "https://c10.patreonusercontent.com"
LINK = read_link(f"{HOST}/4/patreon-media/p/user/1/0123/e30%3D/1.png?token-time=2145916800")


class Response(ClientResponse):
    """What aioresponses makes lacks a part that today's aiohttp wants."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, stream_writer=SimpleNamespace(output_size=0), **kwargs)


@pytest.fixture
def web():
    with aioresponses() as web:
        yield web


@pytest.fixture
async def images(clock):
    async with ImageDownloader(ImageSettings(user_agent="Tests"), clock=clock) as images:
        yield images


def give(web, url=LINK.url, **answer):
    # As it is sent: by default aioresponses spells an address anew.
    web.get(URL(url, encoded=True), response_class=Response, **answer)


def asked(web):
    return [str(url) for _, url in web.requests]


@pytest.mark.parametrize(
    ("image", "media_type"),
    [
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (GIF, "image/gif"),
        (WEBP, "image/webp"),
        (AVIF, "image/avif"),
    ],
)
@pytest.mark.parametrize("declared", ["image/png", "text/html", "application/octet-stream"])
async def test_an_image_is_written_with_its_true_type(web, images, image, media_type, declared):
    give(web, body=image, content_type=declared)
    file = io.BytesIO()

    fetched = await images.fetch(LINK, file)

    assert file.getvalue() == image
    assert (fetched.size_bytes, fetched.media_type) == (len(image), media_type)


@pytest.mark.parametrize(
    "body",
    [b"", b"\x89PNG\r\n", b"<svg/>", b"<!DOCTYPE html><p>No", b"BM" + bytes(99), b"\0" * 999],
)
async def test_what_is_no_image_is_refused_and_not_written(web, images, body):
    give(web, body=body, content_type="image/png")
    file = io.BytesIO()

    with pytest.raises(ImageRefused) as refused:
        await images.fetch(LINK, file)

    assert refused.value.reason is ImageFailure.NOT_AN_IMAGE
    assert file.getvalue() == b""


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, ImageFailure.EXPIRED),
        (410, ImageFailure.EXPIRED),
        (404, ImageFailure.GONE),
        (400, ImageFailure.REJECTED),
        (401, ImageFailure.REJECTED),
        (418, ImageFailure.REJECTED),
        (451, ImageFailure.REJECTED),
        (204, ImageFailure.REJECTED),
        (206, ImageFailure.REJECTED),
        (300, ImageFailure.REJECTED),
        (304, ImageFailure.REJECTED),
    ],
)
async def test_a_status_that_stays_refuses_the_link(web, images, status, reason):
    give(web, status=status, body=PNG)

    with pytest.raises(ImageRefused) as refused:
        await images.fetch(LINK, io.BytesIO())

    assert refused.value.reason is reason


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 599])
async def test_a_status_that_passes_may_be_tried_again(web, images, status):
    give(web, status=status, body=PNG, headers={"Retry-After": "17"})

    with pytest.raises(ImageMissed) as missed:
        await images.fetch(LINK, io.BytesIO())

    assert missed.value.reason is ImageFailure.AWAY
    assert missed.value.retry_after == timedelta(seconds=17)


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        (None, None),
        ("soon", None),
        ("-5", None),
        ("0", timedelta()),
        ("9" * 20, timedelta(days=1)),
        ("inf", None),
    ],
)
async def test_a_pause_is_taken_with_care(web, images, header, pause):
    give(web, status=429, headers={} if header is None else {"Retry-After": header})

    with pytest.raises(ImageMissed) as missed:
        await images.fetch(LINK, io.BytesIO())

    assert missed.value.retry_after == pause


async def test_a_pause_may_be_a_date(web, images, clock):
    until = format_datetime(clock() + timedelta(minutes=2), usegmt=True)
    give(web, status=503, headers={"Retry-After": until})

    with pytest.raises(ImageMissed) as missed:
        await images.fetch(LINK, io.BytesIO())

    assert missed.value.retry_after == timedelta(minutes=2)


async def test_a_machine_that_the_edge_refuses_does_not_take_the_link_for_dead(web, images):
    give(web, status=403, headers={"cf-mitigated": "challenge"})

    with pytest.raises(ImageMissed) as missed:
        await images.fetch(LINK, io.BytesIO())

    assert missed.value.reason is ImageFailure.AWAY


async def test_an_image_over_the_limit_is_refused_by_its_declared_length(web, images):
    give(web, body=PNG, headers={"Content-Length": str(20 * 1024 * 1024 + 1)})
    file = io.BytesIO()

    with pytest.raises(ImageRefused) as refused:
        await images.fetch(LINK, file)

    assert refused.value.reason is ImageFailure.TOO_LARGE
    assert file.getvalue() == b""


@pytest.mark.parametrize(("room", "fits"), [(0, True), (-1, False)])
async def test_an_image_may_be_as_large_as_the_limit(web, clock, room, fits):
    give(web, body=PNG)
    settings = ImageSettings(user_agent="Tests", max_bytes=len(PNG) + room)

    async with ImageDownloader(settings, clock=clock) as images:
        if fits:
            assert (await images.fetch(LINK, io.BytesIO())).size_bytes == len(PNG)
        else:
            with pytest.raises(ImageRefused) as refused:
                await images.fetch(LINK, io.BytesIO())
            assert refused.value.reason is ImageFailure.TOO_LARGE


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/x.png?a=1", f"{HOST}/x.png?a=1"),
        ("//c8.patreon.com/2/200/1", "https://c8.patreon.com/2/200/1"),
        ("https://c8.patreonusercontent.com/x.png", "https://c8.patreonusercontent.com/x.png"),
    ],
)
async def test_a_redirect_is_followed_to_hosts_that_are_known(
    web, images, status, location, target
):
    give(web, status=status, headers={"Location": location})
    give(web, target, body=PNG)

    fetched = await images.fetch(LINK, io.BytesIO())

    assert fetched.media_type == "image/png"
    assert asked(web)[-1] == target


@pytest.mark.parametrize(("hops", "arrives"), [(3, True), (4, False)])
async def test_three_redirects_are_followed_and_no_more(web, images, hops, arrives):
    give(web, status=302, headers={"Location": "/1"})
    for hop in range(1, hops):
        give(web, f"{HOST}/{hop}", status=302, headers={"Location": f"/{hop + 1}"})
    give(web, f"{HOST}/{hops}", body=PNG)

    if arrives:
        await images.fetch(LINK, io.BytesIO())
    else:
        with pytest.raises(ImageRefused) as refused:
            await images.fetch(LINK, io.BytesIO())
        assert refused.value.reason is ImageFailure.TOO_MANY_REDIRECTS

    assert len(asked(web)) == 4


@pytest.mark.parametrize(
    "location",
    [
        "http://c10.patreonusercontent.com/x.png",
        "https://example.com/x.png",
        "https://c10.patreonusercontent.com:8443/x.png",
        "https://user:word@c10.patreonusercontent.com/x.png",
        "https://[::1",
        "file:///etc/passwd",
    ],
)
async def test_a_redirect_to_anywhere_else_is_refused(web, images, location):
    give(web, status=302, headers={"Location": location})

    with pytest.raises(ImageRefused) as refused:
        await images.fetch(LINK, io.BytesIO())

    assert refused.value.reason is ImageFailure.REFUSED_HOST
    assert len(asked(web)) == 1


async def test_a_redirect_to_nowhere_is_refused(web, images):
    give(web, status=302, body=PNG)

    with pytest.raises(ImageRefused) as refused:
        await images.fetch(LINK, io.BytesIO())

    assert refused.value.reason is ImageFailure.BROKEN


async def test_what_a_full_disk_says_comes_through(web, images):
    class Full:
        def write(self, _):
            raise OSError(28, "No space left on device")

    give(web, body=PNG)

    with pytest.raises(OSError, match="No space left"):
        await images.fetch(LINK, Full())
