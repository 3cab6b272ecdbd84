"""Uploaded pictures lose what their files tell about the one who made them, and nothing else."""

import warnings
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, ImageSequence

from core.pictures import NotAPicture
from imaging.cleaning import clean
from imaging.opening import UnfitError
from imaging.studio import Studio
from tests.imaging.files import animation, picture, png_that_claims
from tests.imaging.telling import (
    PROFILE,
    SECRET,
    TELLING,
    drawing,
    exif,
    gif_extension,
    gif_with,
    jpeg_parts,
    saved,
)

MOST = 10 * 1024 * 1024
TURNED = range(2, 9)


@pytest.fixture
def cleaned(tmp_path: Path):
    """Clean bytes as the worker would."""

    def run(content: bytes, *, most: int = MOST) -> bytes:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return clean(path, most_bytes=most)

    return run


def frames(content: bytes) -> list[tuple[bytes, int | None]]:
    """Every frame's pixels, and how long it is shown."""
    with Image.open(BytesIO(content)) as image:
        if image.format == "MPO":
            return [(image.convert("RGBA").tobytes(), None)]
        return [
            (frame.convert("RGBA").tobytes(), frame.info.get("duration"))
            for frame in ImageSequence.Iterator(image)
        ]


@pytest.mark.parametrize("name", TELLING)
def test_nothing_is_told_any_more_and_every_pixel_is_what_it_was(cleaned, name):
    before = TELLING[name]

    after = cleaned(before)

    assert SECRET in before or b"eXIf" in before
    assert not any(word in after for word in (SECRET, b"xif", b"XIF", b"xmpmeta", b"tIME"))
    with Image.open(BytesIO(after)) as image, Image.open(BytesIO(before)) as original:
        assert not image.getexif()
        assert {"xmp", "comment", "Author", "XML:com.adobe.xmp"}.isdisjoint(image.info)
        assert (image.format, image.size, image.mode) == (
            original.format,
            original.size,
            original.mode,
        )
        assert image.info.get("icc_profile") == original.info.get("icc_profile")
        assert image.info.get("loop") == original.info.get("loop")
        assert image.info.get("adobe_transform") == original.info.get("adobe_transform")
        image.load()
        assert not getattr(image, "text", {})
    assert frames(after) == frames(before)
    assert len(after) < len(before)


@pytest.mark.parametrize("name", TELLING)
def test_the_same_upload_gives_the_same_file_and_a_clean_one_stays_as_it_is(cleaned, name):
    first = cleaned(TELLING[name])

    assert cleaned(TELLING[name]) == first
    assert cleaned(first) == first


def test_a_moving_picture_goes_on_moving(cleaned):
    for name in ("GIF", "moving PNG", "moving WebP"):
        with Image.open(BytesIO(cleaned(TELLING[name]))) as image:
            assert (image.n_frames, image.info["loop"]) == (3, 5)


def test_a_webp_announces_no_details_that_it_has_not(cleaned):
    before, after = TELLING["WebP"], cleaned(TELLING["WebP"])

    assert before[12:16] == after[12:16] == b"VP8X"
    assert (before[20], after[20]) == (0b0010_1100, 0b0010_0000)


def test_how_a_dropped_text_is_shown_is_not_said_of_the_next_frame(cleaned):
    control = gif_extension(b"\xf9", b"\x04\xff\xff\0")
    text = gif_extension(b"\x01", bytes(12), SECRET)
    plain = picture("GIF")
    assert b"!\xf9" not in plain

    assert b"!\xf9" not in cleaned(gif_with(plain, control, text))
    assert control in cleaned(gif_with(plain, text, control))


def test_pictures_behind_the_first_one_go_with_their_details(cleaned):
    second = drawing((20, 20))
    second.encoderinfo = {"exif": exif().tobytes()}
    content = saved(drawing(), "MPO", save_all=True, append_images=[second], exif=exif())
    with Image.open(BytesIO(content)) as image:
        assert image.n_frames == 2

    after = cleaned(content)

    assert SECRET not in after
    assert b"MPF" not in after
    with Image.open(BytesIO(after)) as image:
        assert (image.format, image.size) == ("JPEG", (48, 32))


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 95}),
        ("JPEG", {"quality": 95, "subsampling": 0}),
    ],
)
def test_a_photograph_is_turned_as_its_camera_says(cleaned, kind, options, orientation):
    content = saved(drawing(), kind, exif=exif(orientation), icc_profile=PROFILE, **options)

    after = cleaned(content)

    with Image.open(BytesIO(content)) as original, Image.open(BytesIO(after)) as image:
        upright = ImageOps.exif_transpose(original).convert("RGB")
        assert image.size == upright.size
        assert image.info["icc_profile"] == PROFILE
        assert not image.getexif()
        apart = [
            abs(one - other)
            for one, other in zip(image.convert("RGB").tobytes(), upright.tobytes(), strict=True)
        ]
    # What is stored without loss is exact; the rest is as near as an encoder comes.
    is_exact = kind == "PNG" or "lossless" in options
    assert max(apart) == 0 if is_exact else sum(apart) / len(apart) < 4
    assert SECRET not in after
    assert cleaned(after) == after


def test_transparency_and_few_colours_survive_a_turn(cleaned):
    image = drawing(mode="P")
    content = saved(image, "PNG", exif=exif(6), transparency=image.getpixel((0, 0)))

    with Image.open(BytesIO(cleaned(content))) as turned:
        assert turned.mode == "P"
        assert turned.size == (32, 48)
        assert turned.convert("RGBA").getpixel((31, 0))[3] == 0


@pytest.mark.parametrize("said", [b"", b"II*\0", b"MM\0*\0\0\0\x08\xff\xff", b"\xff" * 40])
def test_details_that_cannot_be_read_turn_nothing_and_go(cleaned, said):
    content = jpeg_parts(saved(drawing(), "JPEG"), b"\xe1Exif\0\0" + said)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        after = cleaned(content)

    assert b"Exif" not in after
    assert frames(after) == frames(saved(drawing(), "JPEG"))


def test_a_turned_picture_that_grew_too_large_is_refused(cleaned):
    content = saved(drawing((400, 300)), "JPEG", quality=30, exif=exif(6))

    with pytest.raises(UnfitError, match=r"upright, it takes [\d,]+ bytes, more than 1,000"):
        cleaned(content, most=1_000)


@pytest.mark.parametrize("quality", [30, 75, 95])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_turned_photograph_is_as_fine_as_it_was(cleaned, quality, mode):
    noisy = Image.effect_noise((400, 300), 60).convert(mode)
    content = saved(noisy, "JPEG", quality=quality, exif=exif(6))

    after = cleaned(content)

    with Image.open(BytesIO(content)) as original, Image.open(BytesIO(after)) as image:
        assert image.quantization == original.quantization
        assert (image.mode, image.size) == (mode, (300, 400))
    assert abs(len(after) - len(content)) < len(content) / 10


_GIF = picture("GIF")
_REFUSED = {
    "hostile_size": (png_that_claims(50_000, 50_000), "pixels"),
    "claims_more_than_it_has": (png_that_claims(6_000, 6_000), "broken"),
    "ten_thousand_frames": (animation(10_000), "frames"),
    "truncated_jpeg": (picture("JPEG", (800, 800))[:-2_000], "broken"),
    "truncated_png": (picture("PNG")[:-20], "broken"),
    "truncated_webp": (picture("WEBP")[:-20], "broken"),
    "truncated_gif": (_GIF[:-20], "broken"),
    "gif_without_a_frame": (_GIF[: 13 + 768] + b";", "broken|none of"),
    "avif": (picture("AVIF"), "none of"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "none of"),
    "empty": (b"", "none of"),
    "negative_webp": (b"RIFF\0\0\0\0WEBP" + picture("WEBP")[12:], "broken|none of"),
}


@pytest.mark.parametrize("name", _REFUSED)
def test_what_is_no_picture_is_refused(cleaned, name):
    content, reason = _REFUSED[name]

    with pytest.raises(UnfitError, match=reason):
        cleaned(content)


def test_a_picture_with_a_page_behind_it_loses_the_page(cleaned):
    for kind in ("PNG", "JPEG", "GIF", "WEBP"):
        assert b"<script" not in cleaned(picture(kind) + b"<script>alert(1)</script>")


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(sorted(TELLING)), data=st.data())
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_file_is_refused_or_comes_out_as_a_picture(cleaned, name, data):
    content = bytearray(TELLING[name])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))

    try:
        after = cleaned(bytes(content[:end]))
    except UnfitError:
        return

    with Image.open(BytesIO(after)) as image:
        image.load()
    assert cleaned(after) == after


async def test_the_worker_cleans_and_survives_what_it_refuses(tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(TELLING["JPEG"])
    bad.write_bytes(png_that_claims(50_000, 50_000))

    async with Studio() as studio:
        with pytest.raises(NotAPicture, match="pixels"):
            await studio.clean(bad, most_bytes=MOST)
        after = await studio.clean(good, most_bytes=MOST)

    assert after.startswith(b"\xff\xd8")
    assert SECRET not in after
