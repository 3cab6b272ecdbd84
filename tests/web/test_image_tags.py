"""What pages need to show pictures: addresses, tags, and nothing of Patreon's."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.image_rows import ImageRow
from core.images import ImageKind, ImageLink
from core.pictures import Size
from imaging.limits import BOXES
from web.image_tags import SIDES, dimensions, image_address, image_tag, is_expired

NOW = datetime(2026, 1, 1, tzinfo=UTC)
USER, POST = ImageKind.USER, ImageKind.POST
ROW = ImageRow(
    key="/4/patreon-media/p/user/7/abc/1.png",
    public_key="A-b_" * 8,
    kind=USER,
    owner_id="7",
    campaign_id="1",
    url="https://c10.patreonusercontent.com/4/patreon-media/p/user/7/abc/1.png?token-hash=secret",
    expires_at=NOW,
    due_at=None,
    digest="0" * 64,
    attempts=0,
    failure=None,
    width=3200,
    height=1800,
)
HOSTILE = [
    '"><script>alert(1)</script>',
    "' onerror='alert(1)",
    '" onload="alert(1)',
    "</title><img src=x onerror=alert(1)>",
    "&quot; onerror=alert(1)",
    "a\nb\u2028c\0d",
]


class Tags(HTMLParser):
    """Everything that a browser would see."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_the_address_is_our_own_and_names_its_placeholder():
    address = image_address(ROW, Size.CARD, kind=USER, base="https://bot.example/")

    assert address == f"https://bot.example/images/{ROW.public_key}?size=card&or=user"


@pytest.mark.parametrize("row", [ROW, replace(ROW, digest=None), None])
def test_nothing_of_patreons_is_ever_in_a_tag(row):
    tag = image_tag(row, Size.FULL, kind=USER, alt="Ada")

    assert "patreon" not in tag
    assert "token" not in tag


def test_where_there_is_no_picture_the_placeholder_is_asked_for():
    assert image_address(None, Size.AVATAR, kind=POST) == "/images/none?size=avatar&or=post"


def test_a_tag_is_complete():
    ((tag, attributes),) = Tags(image_tag(ROW, Size.CARD, kind=USER, alt="Ada")).tags

    assert tag == "img"
    assert attributes == {
        "src": f"/images/{ROW.public_key}?size=card&or=user",
        "width": "640",
        "height": "360",
        "alt": "Ada",
        "loading": "lazy",
        "decoding": "async",
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_names(name):
    seen = Tags(image_tag(ROW, Size.AVATAR, kind=USER, alt=name, base="https://x/" + name))

    ((tag, attributes),) = seen.tags
    assert (tag, seen.text) == ("img", "")
    assert set(attributes) == {"src", "width", "height", "alt", "loading", "decoding"}


@given(st.text())
def test_every_name_comes_out_as_it_went_in(name):
    tag = image_tag(ROW, Size.AVATAR, kind=USER, alt=name)

    (spelled,) = re.findall(r' alt="([^"<>]*)" loading="lazy"', tag)
    for sign, spelling in (("&quot;", '"'), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">")):
        spelled = spelled.replace(sign, spelling)
    assert spelled.replace("&amp;", "&") == name


def test_a_hostile_key_cannot_leave_its_place_in_the_address():
    address = image_address(replace(ROW, public_key='../a?b="c'), Size.CARD, kind=USER)

    assert address == "/images/..%2Fa%3Fb%3D%22c?size=card&or=user"


@pytest.mark.parametrize(
    ("own", "size", "shown"),
    [
        ((3200, 1800), Size.FULL, (1600, 900)),
        ((100, 50), Size.FULL, (100, 50)),
        ((100, 50), Size.AVATAR, (50, 50)),
        ((10_000, 1), Size.CARD, (640, 1)),
        ((None, None), Size.CARD, (640, 640)),
        ((None, None), Size.AVATAR, (160, 160)),
    ],
)
def test_a_picture_has_its_room_before_it_is_there(own, size, shown):
    row = replace(ROW, width=own[0], height=own[1])

    assert dimensions(row, size, kind=USER) == shown


def test_a_wide_placeholder_has_its_room_too():
    assert dimensions(None, Size.CARD, kind=POST) == (640, 360)


def test_sizes_are_those_that_pictures_are_made_in():
    assert {size.value: side for size, side in SIDES.items()} == {
        name: max(box.width, box.height) for name, box in BOXES.items()
    }


def test_a_link_is_dead_from_its_last_moment_on():
    link = ImageLink(url="https://x/1", key="/1", expires_at=NOW)

    assert not is_expired(link, NOW - timedelta(seconds=1))
    assert is_expired(link, NOW)
    assert not is_expired(replace(link, expires_at=None), NOW)
    assert is_expired(None, NOW)
