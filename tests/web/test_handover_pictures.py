"""A draft's pictures, for the browser that opened its page."""

import io
import re
import zipfile

import pytest

from tests.web.handing import open_desk, picture, png

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

EVIL = "<script>alert(1)</script>"


@pytest.fixture
async def desk(store, clock, tmp_path):
    async with open_desk(store, clock, tmp_path / "images") as desk:
        yield desk


async def test_pictures_are_shown_in_order_and_kept_under_proper_names(desk):
    contents = [png("red"), png("green"), png("blue")]
    pictures = tuple(
        picture(content, name=name, description=EVIL)
        for content, name in zip(contents, ["b.png", "ä “x”.png", "a.png"], strict=True)
    )
    for content in contents:
        await desk.shelf.add(content)
    path, shown = await desk.opened(await desk.add(pictures=pictures))

    _, text = await desk.page(path, shown)
    found = re.findall(r'href="([0-9a-f]{64}/pictures/[0-9a-f]{64}\?save)"', text)
    answers = [await desk.ask(f"/handover/{address}", "GET", shown) for address in found]

    assert EVIL not in text
    assert [content for _, content in answers] == contents
    assert {answer.status for answer, _ in answers} == {200}
    assert [answer.headers["Content-Disposition"] for answer, _ in answers] == [
        "attachment; filename=\"01-b.png\"; filename*=UTF-8''01-b.png",
        'attachment; filename="02-_ _x_.png"; '
        "filename*=UTF-8''02-%C3%A4%20%E2%80%9Cx%E2%80%9D.png",
        "attachment; filename=\"03-a.png\"; filename*=UTF-8''03-a.png",
    ]
    for answer, _ in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    shown_inline, _ = await desk.ask(f"/handover/{found[0].removesuffix('?save')}", "GET", shown)
    assert "Content-Disposition" not in shown_inline.headers


async def test_all_pictures_come_in_one_archive(desk):
    contents = [png("red"), png("green")]
    pictures = tuple(picture(content) for content in contents)
    lost = picture(b"lost")
    for content in contents:
        await desk.shelf.add(content)
    path, shown = await desk.opened(await desk.add(pictures=(*pictures, lost)))

    answer, content = await desk.ask(f"{path}/pictures.zip", "GET", shown)
    head, nothing = await desk.ask(f"{path}/pictures.zip", "HEAD", shown)

    assert (answer.status, head.status, nothing) == (200, 200, b"")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="pictures.zip"')
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["01-picture.png", "02-picture.png"]
        assert [archive.read(name) for name in archive.namelist()] == contents


async def test_what_is_no_picture_is_never_shown(desk):
    content = f"<svg>{EVIL}</svg>".encode()
    await desk.shelf.add(content)
    path, shown = await desk.opened(
        await desk.add(pictures=(picture(content, media_type="image/svg+xml"),))
    )

    answer, _ = await desk.ask(f"{path}/pictures/{picture(content).digest}", "GET", shown)

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("asked", ["0" * 64, "..", "x", "..%2f..%2fbot.db"])
async def test_a_picture_that_is_not_the_drafts_is_not_found(desk, asked):
    other = png("black")
    await desk.shelf.add(other)
    path, shown = await desk.opened(await desk.add(pictures=(picture(png()),)))

    for digest in (asked, picture(other).digest, picture(png()).digest):
        answer, _ = await desk.ask(f"{path}/pictures/{digest}", "GET", shown)
        assert answer.status == 404
