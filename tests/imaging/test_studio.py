"""The process that decodes pictures: what it takes, what it refuses, and that it survives."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from core.errors import TemporaryError
from core.images import ImageKind
from core.pictures import NotAPicture, Size
from imaging.limits import MOST_FRAMES, MOST_PIXELS
from imaging.studio import Studio
from tests.imaging.files import animation, picture, png_that_claims


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with Studio() as studio:
        yield studio


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "picture"


def opened(webp: bytes) -> Image.Image:
    image = Image.open(BytesIO(webp))
    assert image.format == "WEBP"
    return image


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
async def test_every_admitted_type_is_made_in_every_size(studio, file, kind):
    file.write_bytes(picture(kind, (2000, 1000)))

    rendered = await studio.render(file)

    assert (rendered.width, rendered.height, rendered.frames) == (2000, 1000, 1)
    sizes = {size: opened(webp).size for size, webp in rendered.sizes.items()}
    assert sizes == {Size.AVATAR: (160, 160), Size.CARD: (640, 320), Size.FULL: (1600, 800)}


async def test_a_small_picture_is_not_enlarged(studio, file):
    file.write_bytes(picture("PNG", (40, 30)))

    rendered = await studio.render(file)

    sizes = {size: opened(webp).size for size, webp in rendered.sizes.items()}
    assert sizes == {Size.AVATAR: (30, 30), Size.CARD: (40, 30), Size.FULL: (40, 30)}


async def test_a_photograph_is_turned_as_its_camera_says_and_tells_nothing_else(studio, file):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"
    file.write_bytes(picture("JPEG", (300, 200), exif=exif))

    rendered = await studio.render(file, [Size.FULL])

    assert (rendered.width, rendered.height) == (200, 300)
    shown = opened(rendered.sizes[Size.FULL])
    assert shown.size == (200, 300)
    assert not shown.getexif()
    assert b"taken at home" not in rendered.sizes[Size.FULL]


async def test_transparency_is_kept(studio, file):
    Image.new("RGBA", (50, 50), (255, 0, 0, 0)).save(file, "PNG")

    rendered = await studio.render(file, [Size.AVATAR])

    assert opened(rendered.sizes[Size.AVATAR]).convert("RGBA").getpixel((25, 25))[3] == 0


async def test_a_moving_picture_shows_its_first_frame(studio, file):
    file.write_bytes(animation(20))

    rendered = await studio.render(file, [Size.CARD])

    assert rendered.frames == 20
    assert getattr(opened(rendered.sizes[Size.CARD]), "n_frames", 1) == 1


_REFUSED = {
    "hostile_size": (png_that_claims(50_000, 50_000), "pixels"),
    "hostile_size_just_above": (png_that_claims(MOST_PIXELS // 1000, 1001), "pixels"),
    "hostile_frames": (animation(MOST_FRAMES + 1), "frames"),
    "ten_thousand_frames": (animation(10_000), "frames"),
    "claims_more_than_it_has": (png_that_claims(6_000, 6_000), "broken"),
    "truncated": (picture("JPEG", (800, 800))[:-2_000], "broken"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "none of"),
    "html": (b"<!doctype html><title>no</title>", "none of"),
    "empty": (b"", "none of"),
    "another_decoder": (picture("BMP"), "none of"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "none of"),
    "tiff": (picture("TIFF"), "none of"),
    "noise_after_a_head": (b"\x89PNG\r\n\x1a\n" + os.urandom(64), "broken|none of"),
    "webp_of_noise": (b"RIFF\x40\0\0\0WEBPVP8 " + b"\xff" * 60, "broken|none of|memory"),
}


@pytest.mark.parametrize("name", _REFUSED)
async def test_what_is_no_picture_is_refused_and_the_next_one_is_made(studio, file, tmp_path, name):
    content, reason = _REFUSED[name]
    file.write_bytes(content)
    good = tmp_path / "good"
    good.write_bytes(picture())

    with pytest.raises(NotAPicture, match=reason):
        await studio.render(file)

    assert (await studio.render(good)).width == 300


async def test_a_picture_with_a_page_behind_it_loses_the_page(studio, file):
    file.write_bytes(picture("GIF") + b"<script>alert(1)</script>")

    rendered = await studio.render(file)

    assert all(b"script" not in webp for webp in rendered.sizes.values())


async def test_a_worker_that_was_killed_is_replaced(studio, file):
    file.write_bytes(picture())
    await studio.render(file)
    (child,) = children()

    os.kill(child, signal.SIGKILL)
    with pytest.raises(TemporaryError):
        await studio.render(file)

    assert (await studio.render(file)).width == 300


async def test_a_picture_that_takes_too_long_is_given_up(file):
    file.write_bytes(picture("PNG", (6_000, 6_000)))

    async with Studio(deadline=timedelta(milliseconds=300)) as studio:
        with pytest.raises(TemporaryError, match="took too long"):
            await studio.render(file)

    assert children() == []


async def test_who_stops_waiting_does_not_leave_half_an_answer_to_the_next(studio, file, tmp_path):
    file.write_bytes(picture("PNG", (3_000, 3_000)))
    small = tmp_path / "small"
    small.write_bytes(picture("PNG", (7, 7)))
    await studio.render(small)
    waiting = asyncio.create_task(studio.render(file))
    await asyncio.sleep(0.05)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert (await studio.render(small)).width == 7


async def test_the_worker_can_write_no_file_and_knows_no_secret(studio, file, monkeypatch):
    monkeypatch.setenv("PATREON_ACCESS_TOKEN", "secret")
    file.write_bytes(picture())

    await studio.render(file)

    (child,) = children()
    limits = Path(f"/proc/{child}/limits").read_text()
    (size,) = [line for line in limits.splitlines() if line.startswith("Max file size")]
    assert size.split()[3:5] == ["0", "0"]
    assert b"secret" not in Path(f"/proc/{child}/environ").read_bytes()


async def test_two_who_ask_at_once_get_each_their_own(studio, tmp_path):
    files = [tmp_path / str(side) for side in (10, 20, 30, 40)]
    for path in files:
        path.write_bytes(picture("PNG", (int(path.name), int(path.name))))

    rendered = await asyncio.gather(*(studio.render(path) for path in files))

    assert [each.width for each in rendered] == [10, 20, 30, 40]


async def test_initials_are_letters_on_a_ground_that_stays_the_same(studio):
    first, again, other = [await studio.initials(text, Size.AVATAR) for text in ("AL", "AL", "BO")]

    assert first == again != other
    assert opened(first).size == (160, 160)
    assert len(opened(first).convert("RGB").getcolors(10_000)) > 2


async def test_a_letter_that_the_typeface_lacks_is_not_drawn_as_a_box(studio):
    assert await studio.initials("\U00012000", Size.AVATAR) is None
    assert await studio.initials("", Size.AVATAR) is None


@pytest.mark.parametrize("kind", list(ImageKind))
@pytest.mark.parametrize("size", list(Size))
async def test_every_kind_has_a_placeholder_in_every_size(studio, kind, size):
    image = opened(await studio.placeholder(kind, size))

    assert image.width == {Size.AVATAR: 160, Size.CARD: 640, Size.FULL: 1600}[size]


async def test_placeholders_of_different_kinds_differ(studio):
    drawn = {await studio.placeholder(kind, Size.CARD) for kind in ImageKind}

    assert len(drawn) == len(ImageKind)


def children() -> list[int]:
    """Processes that this one started and that run the worker."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        found += [int(pid) for pid in (task / "children").read_text().split()]
    return [pid for pid in found if b"imaging.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]
