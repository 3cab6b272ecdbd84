"""While hostile pictures are fetched and decoded, the real bot goes on answering."""

import asyncio
import itertools
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace

import pytest

from core.alarm import Alarm
from core.gallery import Gallery
from core.image_intake import Intake
from core.image_rows import Seen
from core.image_sweep import Sweeper
from core.images import ImageFailure, ImageKind, ImageLink
from imaging.studio import Studio
from patreon.image_fetch import ImageDownloader
from storage.shelf import Shelf
from tests.cogs.conftest import until
from tests.cogs.test_lookups import ask
from tests.imaging.files import animation, png_that_claims
from tests.patreon.image_servers import PNG, RawServer, admitting, ok

ENDLESS_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"
BLOCK = PNG + bytes(64 * 1024 - len(PNG))
MOST = 32 * 1024 * 1024


class Hostile:
    """Answers by what the path names: bodies without end last until `is_enough`."""

    def __init__(self):
        self.is_enough = asyncio.Event()
        self.sending = 0
        self._fixed = {
            "bomb": ok(png_that_claims(50_000, 50_000)),
            "false": ok(png_that_claims(6_000, 6_000)),
            "frames": ok(animation(10_000), declared="image/gif"),
            "page": ok(b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"),
        }

    async def __call__(self, head, writer):
        kind = head.split(b" ")[1].decode().strip("/").partition("-")[0]
        if kind != "endless":
            writer.write(self._fixed[kind])
            return
        writer.write(ENDLESS_HEAD + PNG)
        self.sending += 1
        await writer.drain()
        # A trickle while it is watched, then the flood that the limit ends.
        while not self.is_enough.is_set():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)
        for _ in itertools.repeat(None, 10_000):
            writer.write(BLOCK)
            await writer.drain()


KINDS = ("endless", "bomb", "false", "frames", "page")
EACH = 3


@pytest.fixture
async def hostile():
    answer = Hostile()
    async with RawServer(answer) as server:
        answer.url = server.url
        answer.server = server
        yield answer


@pytest.fixture
async def pictures(hostile, store, clock, tmp_path):
    """The real gallery, whose pictures are all hostile."""
    shelf = Shelf(tmp_path / "images")
    settings = admitting(hostile.server, at_once=16, max_bytes=MOST)

    def public_key(key):
        return sha256(key.encode()).hexdigest()[:32]

    async def nobody(row):
        return None

    async with ImageDownloader(settings, clock=clock) as fetcher, Studio() as studio:
        intake = Intake(
            store,
            shelf,
            fetcher,
            studio,
            read_link=lambda url: ImageLink(url=url, key=url),
            read_owner=nobody,
            public_key=public_key,
            clock=clock,
            random=lambda: 0.5,
        )
        sweeper = Sweeper(store, shelf, max_age=timedelta(days=30), max_bytes=2**30, clock=clock)
        gallery = Gallery(store, shelf, intake, sweeper, studio, clock=clock, alarm=Alarm(clock))
        links = [f"{hostile.url}/{kind}-{number}.png" for kind in KINDS for number in range(EACH)]
        seen = [
            Seen(
                kind=ImageKind.USER,
                owner_id=str(number),
                campaign_id="1001",
                links={"": ImageLink(url=url, key=url)},
            )
            for number, url in enumerate(links)
        ]
        async with store.write() as work:
            await work.images.see(seen, public_key=public_key, at=clock())
        yield SimpleNamespace(gallery=gallery, count=len(seen), folder=tmp_path / "images")
        await gallery.close()


async def test_while_hostile_bodies_are_fetched_the_status_is_answered(
    server, part, linked, hostile, pictures
):
    fetching = asyncio.create_task(pictures.gallery.fetch_due())
    await until(lambda: hostile.sending == EACH)

    answers = [await ask(server, "status") for _ in range(3)]
    assert not fetching.done()
    hostile.is_enough.set()
    async with asyncio.timeout(60):
        while not fetching.done():
            answers.append(await ask(server, "status"))

    assert all(answer.embeds for answer in answers)
    taken = await fetching
    assert len(taken) == pictures.count
    reasons = {each.failure for each in taken}
    assert reasons == {ImageFailure.TOO_LARGE, ImageFailure.NOT_AN_IMAGE}
    assert [path for path in pictures.folder.rglob("*") if path.is_file()] == []
