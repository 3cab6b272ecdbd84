"""What is taken from a delivery's body."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inbox import Hint, Subject
from patreon.hints import read_hint
from tests.patreon.examples import NAMES, example

MEMBER = "11111111-2222-4333-8444-555555555555"
TRIGGERS = {
    "webhook_docs_sample_member": "members:update",
    "webhook_members_create_free": "members:create",
    "webhook_members_delete": "members:delete",
    "webhook_members_pledge_create": "members:pledge:create",
    "webhook_members_pledge_create_discord_linked": "members:pledge:create",
    "webhook_members_pledge_create_per_post": "members:pledge:create",
    "webhook_members_pledge_delete": "members:pledge:delete",
    "webhook_members_pledge_update": "members:pledge:update",
    "webhook_members_update_declined": "members:update",
    "webhook_members_update_free_trial": "members:update",
    "webhook_posts_delete": "posts:delete",
    "webhook_posts_publish": "posts:publish",
    "webhook_posts_update": "posts:update",
}
KNOWN = st.sampled_from([*TRIGGERS.values(), "pledges:create", "", "members", ":"])
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["data", "id", "type", "relationships", "campaign", "x"]) | st.text(),
            inner,
        )
    ),
)


@pytest.mark.parametrize("name", sorted(TRIGGERS))
def test_every_delivery_names_whom_to_read_again(name):
    hint = read_hint(TRIGGERS[name], example(name))

    campaign = "123456" if "docs" in name else "1234567"
    if "posts" in name:
        assert hint == Hint(subject=Subject.POST, id="150000001", campaign_id=campaign)
    else:
        assert hint == Hint(subject=Subject.MEMBER, id=MEMBER, campaign_id=campaign)


def test_the_portals_test_is_about_nothing_and_says_so():
    hint = read_hint("members:create", example("webhook_portal_TEST_member"))

    assert hint.subject is Subject.NOTHING
    assert "portal" in hint.reason


def test_every_payload_of_a_webhook_is_tested():
    bodies = {name for name in NAMES if name.startswith(("webhook_m", "webhook_pos", "webhook_d"))}

    assert bodies == set(TRIGGERS)


@pytest.mark.parametrize(
    "trigger", ["pledges:create", "pledge:update", "lives:create", "", "x" * 9999]
)
def test_an_unknown_trigger_is_about_nothing(trigger):
    hint = read_hint(trigger, example("webhook_members_delete"))

    assert hint.subject is Subject.NOTHING
    assert hint.reason


def test_a_trigger_that_does_not_fit_the_body_is_not_believed():
    hint = read_hint("posts:delete", example("webhook_members_delete"))

    assert hint.subject is Subject.NOTHING


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"data"',
        b"\xff\xfe",
        b"[" * 1_000_000,
        b'{"data":' * 100_000,
        b'{"data":{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        b'{"data":null}',
        b'{"data":[{"id":"1","type":"member"}]}',
        b'{"data":{"type":"member"}}',
        b'{"data":{"type":"member","id":{}}}',
        b'{"data":{"type":"member","id":""}}',
        b'{"data":{"type":"member","id":"../posts/1"}}',
        b'{"data":{"type":"member","id":"a\\u0000b\\n"}}',
        b'{"data":{"type":"member","id":' + b"9" * 9000 + b"}}",
        b'{"data":{"type":"member","id":true}}',
        b'{"data":{"type":["member"],"id":"1"}}',
        b'{"data":{"type":"member","id":"1"}',
    ],
)
def test_a_body_that_is_not_a_document_is_about_nothing(body):
    hint = read_hint("members:update", body)

    assert hint.subject is Subject.NOTHING
    assert hint.reason


def test_an_id_may_be_a_number_and_the_campaign_may_be_missing():
    body = b'{"data":{"type":"post","id":150000001,"relationships":{"campaign":{"data":[]}}}}'

    assert read_hint("posts:update", body) == Hint(subject=Subject.POST, id="150000001")


@given(
    trigger=KNOWN | st.text(), body=st.binary() | JUNK.map(lambda value: json.dumps(value).encode())
)
def test_no_bytes_make_it_raise(trigger, body):
    hint = read_hint(trigger, body)

    assert (hint.subject is Subject.NOTHING) == bool(hint.reason)


@given(JUNK, JUNK, JUNK)
def test_no_structure_inside_the_document_makes_it_raise(name, kind, relations):
    resource = {"id": name, "type": kind, "relationships": relations}
    body = json.dumps({"data": resource}).encode()

    hint = read_hint("members:update", body)

    assert (hint.subject is Subject.NOTHING) == bool(hint.reason)
