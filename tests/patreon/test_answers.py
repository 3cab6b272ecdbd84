"""What Patreon's refusals mean for the caller."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import (
    Blocked,
    BotError,
    CursorExpired,
    PermanentError,
    TemporaryError,
    Throttled,
)
from patreon.answers import NotFound, Unauthorized, error_of
from tests.patreon.examples import answer, example

HTML = b"<!DOCTYPE html><title>Just a moment...</title>"
GONE = (
    b'{"errors":[{"code":null,"code_name":"ResourceMissing","status":"404","title":"Not found."}]}'
)
NOT_PATREONS = [
    HTML,
    b"",
    b"404 page not found",
    b"{}",
    b'{"errors":null}',
    b'{"errors":[]}',
    b'{"errors":[{}]}',
    b'{"message":"no Route matched with those values"}',
    b'{"success":false,"errors":[{"code":7003,"message":"Could not route"}]}',
    GONE[:-3],
    example("error_429_edge"),
]
"""What a proxy, a load balancer or the edge may say instead of Patreon's API."""


def error(status, body=b"", **headers):
    return error_of(answer(status, body, **headers), asked="GET /identity")


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_is_no_error(status):
    assert error(status, b"{}") is None


def test_a_limit_tells_how_long_to_wait():
    found = error(429, example("error_429_client_or_token"))

    assert type(found) is Throttled
    assert found.retry_after == timedelta(seconds=9)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12),
        ("1.5", 1.5),
        ("Sat, 21 Nov 2026 12:01:00 GMT", 60),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("99999999999", 86400),
    ],
)
def test_the_header_tells_how_long_to_wait_when_the_body_does_not(header, seconds):
    assert error(429, b"", retry_after=header).retry_after == timedelta(seconds=seconds)


@pytest.mark.parametrize("header", ["", "soon", "-1", "nan", "inf"])
def test_a_wait_that_cannot_be_read_is_unknown(header):
    assert error(429, b"{}", retry_after=header).retry_after is None


@pytest.mark.parametrize(("status", "reaction"), [(429, Throttled), (403, Blocked)])
def test_the_edges_block_lasts_half_an_hour(status, reaction):
    found = error(status, example("error_429_edge"), server="cloudflare")

    assert type(found) is reaction
    assert found.retry_after == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (HTML, {"content_type": "text/html; charset=UTF-8"}),
        (HTML, {}),
        (b"", {"server": "cloudflare"}),
        (b"{}", {"server": "cloudflare"}),
        (example("error_403_view_forbidden"), {"cf_mitigated": "challenge"}),
    ],
)
def test_the_edges_refusal_is_not_the_tokens_fault(body, headers):
    found = error(403, body, cf_ray="abc-FRA", **headers)

    assert type(found) is Blocked
    assert "abc-FRA" in str(found)
    assert found.retry_after == timedelta(minutes=30)


@pytest.mark.parametrize("server", ["cloudflare", "nginx"])
def test_a_post_of_somebody_else_is_refused_for_good(server):
    found = error(403, example("error_403_view_forbidden"), server=server)

    assert type(found) is PermanentError
    assert "150000001" in str(found)


@pytest.mark.parametrize("body", [example("error_401"), HTML, b"{}", b""])
def test_a_401_is_for_the_client_to_deal_with(body):
    assert type(error(401, body)) is Unauthorized


def test_an_expired_cursor_is_told_apart():
    assert type(error(400, example("error_400_expired_cursor"))) is CursorExpired


def test_a_refused_parameter_is_named():
    found = error(400, example("error_400_bad_include"))

    assert type(found) is PermanentError
    assert "'include'" in str(found)
    assert "ParameterInvalidOnType" in str(found)


@pytest.mark.parametrize("body", NOT_PATREONS)
def test_a_403_that_is_not_patreons_own_is_not_the_tokens_fault(body):
    assert type(error(403, body)) is Blocked


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("server", ["cloudflare", "nginx"])
def test_what_patreon_says_is_not_there_is_told_apart(status, server):
    assert type(error(status, GONE, server=server)) is NotFound


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("body", NOT_PATREONS)
def test_nothing_is_gone_only_because_a_machine_on_the_way_says_so(status, body):
    assert type(error(status, body)) is TemporaryError


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors":[{"title":"Not found."}]}',
        b'{"errors":[{"code_name":"ResourceMissing","retry_after_seconds":5}]}',
    ],
)
def test_a_short_word_of_patreons_is_enough(body):
    assert type(error(404, body)) is NotFound
    assert type(error(403, body)) is PermanentError


def test_nothing_is_gone_only_because_the_edge_interferes():
    found = error(404, GONE, cf_mitigated="challenge", retry_after="7")

    assert type(found) is TemporaryError
    assert found.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("status", [302, 408, 500, 502, 503, 504, 520, 524])
def test_what_may_pass_is_temporary(status):
    found = error(status, HTML, content_type="text/html", retry_after="7")

    assert type(found) is TemporaryError
    assert found.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("status", [400, 405, 406, 422])
def test_any_other_refusal_is_permanent(status):
    assert type(error(status, b'{"errors":[{}]}')) is PermanentError


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors":null}',
        b'{"errors":[]}',
        b'{"errors":["no"]}',
        b'{"errors":[{"source":"x","code":{}}]}',
        b'{"errors":[{"source":[],"retry_after_seconds":true}]}',
        b'{"errors":[{"retry_after_seconds":"9e999"}]}',
        b"[" * 100_000,
        b"\xff",
    ],
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_no_body_keeps_an_error_from_being_one(status, body):
    assert isinstance(error(status, body), BotError)


@given(status=st.integers(300, 599), body=st.binary(), header=st.text())
def test_no_answer_makes_the_mapping_fail(status, body, header):
    assert isinstance(error(status, body, retry_after=header), BotError)


def test_the_trace_names_what_patreons_staff_ask_for():
    trace = answer(403, HTML, cf_ray="abc-FRA", x_patreon_uuid="u-1").trace

    assert trace == {"status": 403, "ray": "abc-FRA", "patreon_uuid": "u-1"}
