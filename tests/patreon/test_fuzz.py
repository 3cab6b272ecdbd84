"""Whatever bytes arrive, reading them ends as promised, and only ids get into a request's path."""

import json
import re
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import BotError, TemporaryError
from core.inbox import Hint, Subject
from patreon import documents, members
from patreon.answers import error_of
from patreon.grants import read_pair, refusal_of
from patreon.hints import read_hint
from patreon.protocol import Requests
from tests.patreon.examples import AT, NAMES, answer
from tests.patreon.examples import example as payload

PLAUSIBLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
API = "https://www.patreon.com/api/oauth2/v2"
TRIGGERS = [
    "members:create",
    "members:update",
    "members:pledge:create",
    "posts:publish",
    "posts:delete",
    "lives:create",
    "",
]
READERS = {
    "identity": documents.read_identity,
    "campaigns": lambda body: documents.read_campaigns(body, asked_at=AT),
    "posts": lambda body: documents.read_posts(body, campaign_id="1", asked_at=AT),
    "post": documents.read_post,
    "hooks": documents.read_hooks,
    "members": lambda body: members.read_members(body, campaign_id="1", asked_at=AT),
    "member": lambda body: members.read_member(body, asked_at=AT),
}
STATUSES = [200, 301, 400, 401, 403, 404, 410, 429, 500, 503]

sample = settings(max_examples=60)
whole = settings(max_examples=4_000)

NAMES_OF_KEYS = [
    *("data", "id", "type", "attributes", "relationships", "included", "meta", "links", "next"),
    *("campaign", "user", "tiers", "errors", "pagination", "cursors", "total", "full_name"),
]
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**63, -(2**63), 2**64, 10**400, 1e308, -0.0])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=40)
    | st.sampled_from(["\0", "\ud800", "../..", "2026-99-99T00:00:00Z", "member", "http://[", ""])
    | st.sampled_from([[], {}, [None], [[]], {"data": []}, {"data": [None]}, {"data": {}}])
)
TREES = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES_OF_KEYS) | st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=12,
)


def write(tree):
    return json.dumps(tree).encode()


def places(tree, place=()):
    """Every place in a JSON tree, from the root on."""
    yield place
    if isinstance(tree, dict | list):
        for key, child in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from places(child, (*place, key))


def put(tree, place, value):
    """Give the tree with another value at a place."""
    if not place:
        return value
    key, *rest = place
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[key] = put(tree[key], rest, value)
    return copy


@st.composite
def bent(draw):
    """A payload of Patreon's with some of its values replaced."""
    tree = json.loads(payload(draw(st.sampled_from(NAMES))))
    for _ in range(draw(st.integers(1, 4))):
        tree = put(tree, draw(st.sampled_from(list(places(tree)))), draw(TREES))
    return write(tree)


@st.composite
def torn(draw):
    """A payload of Patreon's with some of its bytes cut out, doubled or replaced."""
    body = payload(draw(st.sampled_from(NAMES)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(start + draw(st.sampled_from([0, 1, 2, 7, 100, 10_000])), len(body))
        piece = draw(st.binary(max_size=6) | st.sampled_from([body[start:end] * 2, b"[" * 2_000]))
        body = body[:start] + piece + body[end:]
    return body


@st.composite
def deep(draw):
    """A document that is nested without end, somewhere."""
    opening = draw(st.sampled_from([b"[", b'{"data":', b'{"data":{"x":', b'{"included":[']))
    depth = draw(st.sampled_from([100, 999, 1_000, 1_024, 5_000, 100_000]))
    return draw(st.sampled_from([b"", b'{"data":', b'{"data":{"attributes":'])) + opening * depth


BODIES = st.binary(max_size=200) | TREES.map(write) | bent() | torn() | deep()
EVIL_IDS = st.sampled_from(
    [
        "../oauth2/token?",
        "..",
        ".",
        "%2e%2e%2f",
        "a/../../token",
        "a?include=user",
        "a#b",
        "a;b",
        "a\\b",
        "a b",
        "a\nb",
        "a\r\nHost: x",
        "a\0b",
        "١٢٣",
        "１２３",
        "é",
        "-",
        "_",
        "a" * 65,
        "9" * 10_240,
        10**30,
        -5,
        1.5,
        True,
        ["1"],
        {"id": "1"},
    ]
)


def check_hint(trigger, body):
    """What `read_hint` promises: nothing and why, or an id that could be one."""
    hint = read_hint(trigger, body)

    assert (hint.subject is Subject.NOTHING) == bool(hint.reason) == (not hint.id)
    assert not hint.is_unreadable or hint.reason
    if hint.subject is not Subject.NOTHING:
        check_path(hint)


def check_path(hint):
    """Whether the request that a hint leads to asks for that id and nothing else."""
    requests = Requests(API)
    is_member = hint.subject is Subject.MEMBER
    request = requests.member(hint.id) if is_member else requests.post(hint.id)
    kind = "members" if is_member else "posts"

    sent = httpx.URL(request.url)
    assert PLAUSIBLE.fullmatch(hint.id)
    assert (sent.host, sent.path) == (urlsplit(API).hostname, f"/api/oauth2/v2/{kind}/{hint.id}")
    assert request.path == f"/{kind}/{hint.id}"
    assert hint.campaign_id is None or PLAUSIBLE.fullmatch(hint.campaign_id)


def check_readers(body):
    """Reading an answer gives records, or says that the answer is no good."""
    for read in READERS.values():
        with suppress(TemporaryError):
            read(body)
    for status in STATUSES:
        given_back = answer(status, body)
        error = error_of(given_back, asked="GET /members")
        assert (error is None) == (status == 200)
        assert error is None or isinstance(error, BotError)
        read_pair(given_back)
        refusal_of(given_back)


@sample
@given(st.sampled_from(TRIGGERS) | st.text(max_size=80), BODIES)
@example("members:update", b"[" * 100_000)
@example("members:update", b'{"data":' * 100_000)
@example("members:update", b'{"data":{"x":' + b"[" * 100_000)
@example("members:update", b'{"data":{"id":' + b"[" * 100_000)
def test_a_hint_is_an_id_or_a_reason_whatever_the_bytes_are(trigger, body):
    check_hint(trigger, body)


@pytest.mark.proof
@whole
@given(st.sampled_from(TRIGGERS) | st.text(max_size=80), BODIES)
def test_a_hint_is_an_id_or_a_reason_whatever_the_bytes_are_at_length(trigger, body):
    check_hint(trigger, body)


@sample
@given(BODIES)
@example(b"[" * 100_000)
@example(b'{"data":[' + b'{"relationships":' * 50_000)
def test_an_answer_is_read_or_refused_whatever_the_bytes_are(body):
    check_readers(body)


@pytest.mark.proof
@pytest.mark.timeout(180)
@settings(whole, max_examples=2_000)
@given(BODIES)
def test_an_answer_is_read_or_refused_whatever_the_bytes_are_at_length(body):
    check_readers(body)


def about(member_id, campaign_id="1"):
    campaign = {"data": {"type": "campaign", "id": campaign_id}}
    resource = {"type": "member", "id": member_id, "relationships": {"campaign": campaign}}
    return write({"data": resource})


@given(EVIL_IDS)
def test_what_cannot_be_an_id_never_reaches_the_path_of_a_request(evil):
    hint = read_hint("members:update", about(evil))

    assert hint.subject is Subject.NOTHING
    assert (hint.is_unreadable, hint.reason) == (True, "The body's id is malformed.")


@given(EVIL_IDS)
def test_what_cannot_be_the_id_of_a_campaign_is_passed_over(evil):
    hint = read_hint("members:update", about("m-1", evil))

    assert hint == Hint(subject=Subject.MEMBER, id="m-1")


@given(st.text(max_size=80) | st.from_regex(PLAUSIBLE, fullmatch=True))
def test_an_id_is_taken_as_it_stands_or_not_at_all(text):
    hint = read_hint("members:update", about(text))

    assert hint.id in ("", text)
    assert bool(hint.id) == bool(PLAUSIBLE.fullmatch(text))
    if hint.id:
        check_path(hint)


@pytest.mark.parametrize(
    ("body", "is_unreadable"),
    [
        (b"", True),
        (b"[" * 100_000, True),
        (b'{"data": null}', True),
        (about(""), True),
        (about("..", "1"), True),
        (payload("webhook_portal_TEST_member"), False),
    ],
)
def test_what_a_person_should_see_is_told_apart_from_the_portals_test(body, is_unreadable):
    hint = read_hint("members:create", body)

    assert hint.is_unreadable is is_unreadable
    assert hint.reason


@pytest.mark.parametrize("name", [rb"\ud83d", rb"A\udc00a", "Ada \U0001f389".encode(), b"\xf0\x9f"])
def test_half_an_emoji_in_a_name_does_not_set_an_event_aside(name):
    body = about("m-1").replace(b'"type": "member"', b'"type": "member", "x": "' + name + b'"')

    assert read_hint("members:update", body) == Hint(
        subject=Subject.MEMBER, id="m-1", campaign_id="1"
    )
