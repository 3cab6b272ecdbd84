"""Uploaded pictures: what is taken, what it is called, and what is kept of it."""

import os
from datetime import timedelta
from hashlib import sha256

import pytest

from core.errors import UserError
from core.uploads import LARGEST_PICTURE_BYTES, Uploads
from imaging.studio import Studio
from patreon.image_types import media_type_of
from storage.shelf import Shelf
from tests.imaging.files import picture, png_that_claims
from tests.imaging.telling import SECRET, TELLING


@pytest.fixture
async def uploads(tmp_path):
    async with Studio() as studio:
        yield Uploads(Shelf(tmp_path / "shelf"), studio, media_type_of=media_type_of)


def files(tmp_path):
    return [path for path in (tmp_path / "shelf").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("name", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("moving WebP", "webp"), ("GIF", "gif")]
)
async def test_what_is_kept_is_the_clean_picture_and_nothing_else(uploads, tmp_path, name, ending):
    kept = await uploads.keep(TELLING[name], "my cat.whatever", description="  A cat. ")

    content = await uploads.read(kept.digest)
    assert content is not None
    assert kept.digest == sha256(content).hexdigest()
    assert kept.size_bytes == len(content)
    assert kept.name == f"my-cat.{ending}"
    assert kept.media_type == media_type_of(content)
    assert SECRET not in content
    assert [path.name for path in files(tmp_path)] == [kept.digest]


async def test_the_same_picture_is_kept_once_whatever_was_told_with_it(uploads, tmp_path):
    first = await uploads.keep(TELLING["JPEG"], "a.jpg")
    again = await uploads.keep(TELLING["JPEG"] + b"sent again", "b.jpg")

    assert first.digest == again.digest
    assert len(files(tmp_path)) == 1


async def test_a_picture_that_is_needed_again_is_as_good_as_new(uploads, tmp_path):
    kept = await uploads.keep(TELLING["JPEG"], "a.jpg")
    [path] = files(tmp_path)
    os.utime(path, (1, 1))

    assert await uploads.renew(kept.digest)

    assert path.stat().st_mtime > 1
    assert await Shelf(tmp_path / "shelf").remove([kept.digest], age=timedelta(days=1)) == 0
    path.write_bytes(b"damaged")
    assert not await uploads.renew(kept.digest)
    assert not await uploads.renew("a" * 64)


async def test_a_picture_that_is_too_large_is_named_with_both_sizes(uploads, tmp_path):
    content = picture("PNG") + bytes(LARGEST_PICTURE_BYTES)

    with pytest.raises(UserError, match=r"“big png” is too large: 10\.0 MB of 10\.0 MB\."):
        await uploads.keep(content, "big.png")

    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no picture that can be shown"),
        (picture("AVIF"), "is no picture that can be shown"),
        (png_that_claims(50_000, 50_000), "pixels"),
        (picture("JPEG")[:-200], "it is broken"),
    ],
)
async def test_what_cannot_be_shown_is_refused_and_nothing_stays(uploads, tmp_path, content, said):
    with pytest.raises(UserError, match=said) as refused:
        await uploads.keep(content, "@everyone [x](https://evil.example)")

    assert not any(armed in str(refused.value) for armed in ("@", "[", "://"))
    assert files(tmp_path) == []
