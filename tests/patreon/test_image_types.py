"""The first bytes tell the type, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patreon.image_types import HEAD_BYTES, media_type_of
from tests.patreon.image_servers import AVIF, GIF, JPEG, PNG, WEBP

IMAGES = {
    "image/png": PNG,
    "image/jpeg": JPEG,
    "image/gif": GIF,
    "image/webp": WEBP,
    "image/avif": AVIF,
}


@pytest.mark.parametrize(("media_type", "image"), IMAGES.items())
def test_an_admitted_type_is_recognised(media_type, image):
    assert media_type_of(image[:HEAD_BYTES]) == media_type


@pytest.mark.parametrize(
    "head",
    [
        b"GIF87a" + GIF[6:],
        b"RIFF\0\0\0\0WEBPVP8L" + bytes(20),
        b"RIFF\0\0\0\0WEBPVP8X" + bytes(20),
        b"\0\0\0\x18ftypavis\0\0\0\0avismif1",
        b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif",
        b"\xff\xd8\xff\xdb" + bytes(20),
    ],
)
def test_variants_are_recognised(head):
    assert media_type_of(head) is not None


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x89PNG",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\n\x1a\n\0\0\0\rIHDR",
        b"\x89PNG\r\n\x1a\n\0\0\0\0IEND",
        b"GIF89a",
        b"GIF88a" + bytes(20),
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\0",
        b"\xff\xd8\xff\xd8",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"RIFF\0\0\0\0WEBPjunk",
        b"\0\0\0\x18ftypheic\0\0\0\0heicmif1",
        b"\0\0\0\x10ftypmif1\0\0\0\0avif",
        b"\0\0\0\x08ftypavif",
        b"\0\0\0\x18ftypisom\0\0avif\0\0",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<?xml version='1.0'?><svg/>",
        b"<!DOCTYPE html><html></html>",
        b"<script>alert(1)</script>" + PNG,
        b" " + PNG,
        b"\n" + GIF,
        b"%PDF-1.7",
        b"BM" + bytes(60),
        b"II*\0" + bytes(60),
        b"MM\0*" + bytes(60),
        b"\0\0\x01\0\x01\0" + bytes(60),
        b"PK\x03\x04" + PNG,
        b"\x1f\x8b\x08" + bytes(60),
        b"8BPS" + bytes(60),
        b"\xff\x0a" + bytes(60),
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"\0\0\0\x0cjP  \r\n\x87\n",
    ],
)
def test_everything_else_is_no_image(head):
    assert media_type_of(head) is None


@given(st.binary(max_size=HEAD_BYTES))
def test_random_bytes_are_at_most_one_of_the_admitted_types(head):
    assert media_type_of(head) in {None, *IMAGES}
