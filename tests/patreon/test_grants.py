"""The token endpoint's answers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.accounts import TokenPair
from patreon.grants import RefreshGrant, is_half_spent, read_pair, refusal_of
from tests.patreon.examples import AT, answer, example

LIFE = timedelta(seconds=2_678_400)
PAIR = TokenPair(access="a", refresh="r", obtained_at=AT, expires_at=AT + LIFE)


def test_a_grant_gives_a_pair_with_its_life():
    pair = read_pair(answer(200, example("token_response")))

    assert pair == replace(PAIR, access="ACCESS", refresh="REFRESH")


@pytest.mark.parametrize("life", [b"null", b'"soon"', b"0", b"-5", b"1e99"])
def test_a_life_that_cannot_be_read_is_unknown(life):
    body = b'{"access_token":"a","refresh_token":"r","expires_in":' + life + b"}"

    assert read_pair(answer(200, body)).expires_at is None


def test_a_life_may_be_written_as_a_text():
    body = b'{"access_token":"a","refresh_token":"r","expires_in":"60"}'

    assert read_pair(answer(200, body)).expires_at == AT + timedelta(minutes=1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<html>",
        b'{"access_token":"a"}',
        b'{"refresh_token":"r"}',
        b'{"access_token":"","refresh_token":"r"}',
        b'{"access_token":"a","refresh_token":" "}',
        b'{"access_token":null,"refresh_token":"r"}',
        b'{"access_token":["a"],"refresh_token":"r"}',
        b"[" * 100_000,
    ],
)
def test_an_incomplete_answer_is_no_pair(body):
    assert read_pair(answer(200, body)) is None


def test_a_refusal_is_named():
    assert refusal_of(answer(401, example("token_error_invalid_grant_401"))) == "invalid_grant"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"error":{}}', b"[" * 100_000])
def test_a_refusal_may_have_no_name(body):
    assert refusal_of(answer(401, body)) == ""


def test_half_of_a_life_is_told_to_the_second():
    assert not is_half_spent(PAIR, AT + LIFE / 2 - timedelta(seconds=1))
    assert is_half_spent(PAIR, AT + LIFE / 2)


@pytest.mark.parametrize("part", ["obtained_at", "expires_at"])
def test_a_pair_of_unknown_age_is_never_half_spent(part):
    assert not is_half_spent(replace(PAIR, **{part: None}), AT + 9 * LIFE)


def test_secrets_do_not_show():
    grant = RefreshGrant("id", "SECRET", "REFRESH")

    assert "SECRET" not in repr(grant)
    assert "REFRESH" not in repr(grant)
    assert grant.form()["grant_type"] == "refresh_token"
