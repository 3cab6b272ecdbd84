"""Whose webhook is it? The signature decides, and nothing else."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadSignature
from core.inbox import check_signature

BODY = b'{"data": {"id": "1"}}'


def sign(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.md5).hexdigest()


def test_the_current_and_the_previous_secret_are_accepted():
    for secret in ("current", "previous"):
        check_signature(BODY, sign(BODY, secret), ["current", "previous"])

    with pytest.raises(BadSignature):
        check_signature(BODY, sign(BODY, "older"), ["current", "previous"])


@pytest.mark.parametrize("secrets", [[], [""], ["   "], ["", "\t"]])
def test_nothing_is_accepted_while_no_secret_is_set(secrets):
    for key in ("", *secrets):
        with pytest.raises(BadSignature):
            check_signature(BODY, sign(BODY, key), secrets)


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        " ",
        sign(BODY, "secret").upper(),
        sign(BODY, "secret")[:-1],
        sign(BODY, "secret") + "0",
        " " + sign(BODY, "secret"),
        "é" * 32,
        "0" * 32,
        hmac.new(b"secret", BODY, hashlib.sha256).hexdigest(),
    ],
)
def test_a_signature_that_is_not_exactly_right_is_refused(signature):
    with pytest.raises(BadSignature):
        check_signature(BODY, signature, ["secret"])


def test_the_signature_covers_the_raw_bytes():
    with pytest.raises(BadSignature):
        check_signature(BODY.replace(b": ", b":"), sign(BODY, "secret"), ["secret"])


@given(st.binary(max_size=200), st.text(max_size=64), st.text(min_size=1).filter(str.strip))
def test_only_the_holder_of_the_secret_can_sign(body, forged, secret):
    check_signature(body, sign(body, secret), [secret])

    if forged != sign(body, secret):
        with pytest.raises(BadSignature):
            check_signature(body, forged, [secret])
