"""A link tells which picture it is, whose, and until when."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.images import ImageKind
from patreon.image_links import MAX_URL_LENGTH, read_link
from sandbox.patreon.images import AVATAR, BANNER, ImageLinks
from tests.factories import NOW

MEDIA = "0123456789abcdef0123456789abcdef"
HASH = "token-hash=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D"
IDS = st.integers(1, 10**12).map(str)
KINDS = {
    "campaign": ImageKind.CAMPAIGN,
    "user": ImageKind.USER,
    "reward": ImageKind.TIER,
    "post": ImageKind.POST,
}
TRANSFORMS = st.sampled_from(
    [
        "eyJ3IjoyMDB9",
        "eyJ3IjoxOTIwLCJ3ZSI6MX0%3D",
        "eyJ3IjoxOTIwLCJ3ZSI6MX0=",
        "eyJhIjoxLCJwIjoxfQ==",
    ]
)
HOSTS = st.sampled_from(
    ["c10.patreonusercontent.com", "c8.patreonusercontent.com", "127.0.0.1:8080"]
)
EXPIRIES = st.integers(0, 4_102_444_800)


def newer(kind, owner, transform="eyJ3IjoyMDB9"):
    return f"/4/patreon-media/p/{kind}/{owner}/{MEDIA}/{transform}/1.png"


def older(kind, owner, transform="eyJ3IjoyMDB9"):
    return f"/3/{transform}/patreon-media/p/{kind}/{owner}/{MEDIA}/1.jpg"


@pytest.mark.parametrize("form", [newer, older])
@pytest.mark.parametrize(("word", "kind"), KINDS.items())
def test_a_link_names_its_owner(form, word, kind):
    link = read_link(f"https://c10.patreonusercontent.com{form(word, '7654321')}?{HASH}")

    assert (link.kind, link.owner_id) == (kind, "7654321")


@pytest.mark.parametrize(
    ("address", "kind", "owner_id"),
    [
        ("https://c8.patreon.com/2/200/7654321", ImageKind.USER, "7654321"),
        ("https://c8.patreon.com/2/400/c1234567", ImageKind.CAMPAIGN, "1234567"),
        ("https://c8.patreon.com/2/200/x1", None, None),
        ("https://elsewhere.example/2/200/7654321", None, None),
    ],
)
def test_a_default_avatar_names_its_owner_and_never_expires(address, kind, owner_id):
    link = read_link(address)

    assert (link.kind, link.owner_id, link.expires_at) == (kind, owner_id, None)
    assert link.key == urlsplit(address).path


def test_a_link_of_a_form_that_nobody_described_is_still_a_link():
    link = read_link("https://c14.patreonusercontent.com/9/new/form.webp?token-time=2145916800")

    assert (link.key, link.kind, link.owner_id) == ("/9/new/form.webp", None, None)
    assert link.expires_at == datetime(2038, 1, 1, tzinfo=UTC)


@given(word=st.sampled_from(sorted(KINDS)), owner=IDS, transform=TRANSFORMS, at=EXPIRIES)
def test_the_order_of_the_query_does_not_matter(word, owner, transform, at):
    path = newer(word, owner, transform)
    one = read_link(f"https://c10.patreonusercontent.com{path}?token-time={at}&{HASH}")
    other = read_link(f"https://c10.patreonusercontent.com{path}?{HASH}&token-time={at}")

    assert one.expires_at == other.expires_at == datetime.fromtimestamp(at, UTC)
    assert one.key == other.key


@given(HOSTS, HOSTS, IDS, TRANSFORMS, EXPIRIES, EXPIRIES)
def test_the_key_depends_on_neither_host_nor_token(host, other, owner, transform, at, later):
    path = newer("post", owner, transform)

    one = read_link(f"https://{host}{path}?token-time={at}&{HASH}")
    two = read_link(f"https://{other}{path}?token-time={later}&token-hash=x#part")

    assert one.key == two.key


@pytest.mark.parametrize("name", [".x.png", "x..png", "..x", "x."])
def test_a_name_with_dots_is_a_picture(name):
    assert read_link(f"https://c10.patreonusercontent.com/a/{name}").key == f"/a/{name}"


@given(IDS, IDS)
def test_another_path_is_another_picture(owner, other):
    keys = {
        read_link(f"https://c10.patreonusercontent.com{newer('user', i)}").key
        for i in (owner, other)
    }

    assert len(keys) == len({owner, other})


@pytest.mark.parametrize(
    ("spelling", "same"),
    [
        ("eyJ3IjoyMH0=", "eyJ3IjoyMH0%3D"),
        ("eyJ3IjoyMH0=", "eyJ3IjoyMH0%3d"),
        ("a%2Fb", "a%2fb"),
        ("a-b", "%61%2Db"),
    ],
)
def test_two_spellings_of_a_path_are_one_picture(spelling, same):
    keys = {
        read_link(f"https://c10.patreonusercontent.com{newer('user', '1', way)}").key
        for way in (spelling, same)
    }

    assert len(keys) == 1


@pytest.mark.parametrize(
    ("spelling", "other"), [("a%2Fb", "a/b"), ("a%253D", "a%3D"), ("A", "a"), ("a%3Fb", "a%253Fb")]
)
def test_what_a_server_tells_apart_stays_apart(spelling, other):
    keys = {read_link(f"https://c10.patreonusercontent.com/{way}").key for way in (spelling, other)}

    assert len(keys) == 2


@given(st.text("abc%0123456789ABCDEFdf/=.-", max_size=40))
def test_a_key_is_its_own_key(path):
    link = read_link(f"https://c10.patreonusercontent.com/{path}")

    assert (
        link is None or read_link(f"https://c10.patreonusercontent.com{link.key}").key == link.key
    )


@pytest.mark.parametrize(
    "query",
    [
        "",
        "token-hash=x",
        "token-time=",
        "token-time=abc",
        "token-time=-1",
        "token-time=1.5",
        "token-time=٣",
        "token-time=1e9",
        "token-time=9999999999999999999999",
        "token-time=999999999999",
        "xtoken-time=1",
    ],
)
def test_without_a_readable_time_a_link_does_not_expire(query):
    link = read_link(f"https://c10.patreonusercontent.com/x.png?{query}")

    assert link is None or link.expires_at is None


def test_of_two_times_the_first_to_come_counts():
    link = read_link("https://c10.patreonusercontent.com/x?token-time=2000&token-time=1000")

    assert link.expires_at == datetime.fromtimestamp(1000, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/4/patreon-media/p/user/1/x/1.png",
        "//c10.patreonusercontent.com/x.png",
        "c10.patreonusercontent.com/x.png",
        "ftp://c10.patreonusercontent.com/x.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "https:///x.png",
        "https://c10.patreonusercontent.com",
        "https://c10.patreonusercontent.com/",
        "https://c10.patreonusercontent.com/?token-time=1",
        "https://c10.patreonusercontent.com:0/x.png",
        "https://c10.patreonusercontent.com:99999/x.png",
        "https://c10.patreonusercontent.com:x/x.png",
        "https://a:b@c10.patreonusercontent.com/x.png",
        "https://@c10.patreonusercontent.com/x.png",
        "https://[::1/x.png",
        "https://c10.patreonusercontent.com/a/../x.png",
        "https://c10.patreonusercontent.com/a/%2E%2e/x.png",
        "https://c10.patreonusercontent.com/./x.png",
        "https://c10.patreonusercontent.com/x/..",
        "https://c10.patreonusercontent.com/x/.",
        "https://c10.patreonusercontent.com/x y.png",
        "https://c10.patreonusercontent.com/x\n.png",
        "\thttps://c10.patreonusercontent.com/x.png",
        "https://c10.patreonusercontent.com/ä.png",
        "https://c10.patreonusercontent.com/" + "x" * MAX_URL_LENGTH,
    ],
)
def test_what_is_no_link_to_a_picture_is_none(text):
    assert read_link(text) is None


@given(st.text(max_size=200))
@example("https://[")
@example("https://[v1.x]/a")
@example("https://\u2100/a")
def test_whatever_text_it_is_reading_does_not_raise(text):
    link = read_link(text)

    assert link is None or link.url == text


@given(st.text("htps:/[]@%.?&=#0123456789token-time", max_size=80))
def test_whatever_follows_the_scheme_reading_does_not_raise(text):
    link = read_link(f"https://{text}")

    assert link is None or (link.key.startswith("/") and "?" not in link.key)


def test_the_links_of_the_stand_in_are_read(clock):
    links = ImageLinks(b"key", clock)

    banner = read_link(links.url("campaign", "1001", BANNER))
    avatar = read_link(links.url("user", "5001", AVATAR))

    assert (banner.kind, banner.owner_id) == (ImageKind.CAMPAIGN, "1001")
    assert banner.expires_at == datetime(2026, 12, 6, tzinfo=UTC)
    assert avatar.expires_at == datetime(2038, 1, 1, tzinfo=UTC)


def test_a_replaced_picture_has_another_key_and_a_renewed_link_the_same(clock):
    links = ImageLinks(b"key", clock)
    first = read_link(links.url("campaign", "1001", BANNER))
    clock.advance(days=3)
    renewed = read_link(links.url("campaign", "1001", BANNER))
    links.replace("campaign", "1001")
    replaced = read_link(links.url("campaign", "1001", BANNER))

    assert first.url != renewed.url
    assert first.key == renewed.key != replaced.key


@pytest.mark.parametrize(
    ("margin", "is_expired"), [({}, False), ({"hours": 1}, False), ({"hours": 2}, True)]
)
def test_a_link_that_dies_within_the_margin_counts_as_expired(margin, is_expired):
    end = int((NOW + timedelta(hours=2)).timestamp())
    link = read_link(f"https://c10.patreonusercontent.com/x.png?token-time={end}")

    assert link.is_expired(NOW, margin=timedelta(**margin)) is is_expired
    assert link.is_expired(NOW + timedelta(hours=2))


def test_a_link_without_an_end_never_expires():
    assert not read_link("https://c8.patreon.com/2/200/1").is_expired(
        datetime.max.replace(tzinfo=UTC)
    )


def test_a_signed_address_is_not_shown():
    link = read_link(f"https://c10.patreonusercontent.com/x.png?{HASH}")

    assert "token-hash" not in repr(link)
