"""Reading what the page sends."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.page.protocol import MAX_FILE_BYTES, Action, BadAction, read_action


def _action(**fields: object) -> Action:
    return Action(1, "x", fields)


def _outcome(read, *args):
    """What is read, or how it was refused; anything else passes through."""
    try:
        return read(*args)
    except BadAction as refusal:
        return refusal


@pytest.mark.parametrize(
    "raw",
    [
        *("", "{", "[]", "3", "null", "{}", "[" * 100_000),
        *('{"seq":1}', '{"seq":"1","do":"x"}', '{"seq":-1,"do":"x"}', '{"seq":true,"do":"x"}'),
        *('{"seq":1,"do":2}', '{"seq":1e400,"do":"x"}'),
    ],
)
def test_what_is_no_action_is_refused(raw):
    with pytest.raises(BadAction):
        read_action(raw)


@given(st.text())
def test_no_text_breaks_the_reader(raw):
    assert isinstance(_outcome(read_action, raw), Action | BadAction)


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(), st.lists))
def test_no_value_breaks_a_field(value):
    action = read_action(json.dumps({"seq": 1, "do": "x", "it": value}))
    reads = {
        action.text: str,
        action.snowflake: int,
        action.number: int,
        action.texts: list,
        action.values: dict,
    }
    for read, kind in reads.items():
        assert isinstance(_outcome(read, "it"), kind | BadAction)


def test_a_text_over_its_limit_is_refused():
    with pytest.raises(BadAction, match="at most 3"):
        _action(it="four").text("it", longest=3)


@pytest.mark.parametrize("value", ["", "1x", "-1", "٣", "1" * 21, 5])
def test_an_id_is_all_digits(value):
    with pytest.raises(BadAction):
        _action(it=value).snowflake("it")


def test_a_file_becomes_its_name_and_bytes():
    file = {"name": "../a.txt", "base64": base64.b64encode(b"hello").decode()}

    assert _action(it={"f": [file]}).values("it") == {"f": [(".._a.txt", b"hello")]}


@pytest.mark.parametrize(
    "file",
    [
        {"name": "a", "base64": "?"},
        {"name": "", "base64": ""},
        {"name": "a"},
        {"name": "a", "base64": base64.b64encode(bytes(MAX_FILE_BYTES + 1)).decode()},
    ],
)
def test_a_broken_or_large_file_is_refused(file):
    with pytest.raises(BadAction):
        _action(it={"f": file}).values("it")


def test_too_many_values_are_refused():
    with pytest.raises(BadAction):
        _action(it={str(number): 1 for number in range(26)}).values("it")
