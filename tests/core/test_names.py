import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.names import display_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (None, "Someone"),
        ("", "Someone"),
        ("  \n\t ", "Someone"),
        ("\u202e\u200b", "Someone"),
        ("\u200d", "Someone"),
        ("\u3164", "Someone"),
        ("\u115f\u1160 \uffa0\u2800", "Someone"),
        ("\u0301\ufe0f", "Someone"),
        ("\u3164Ada\u2800\u2800Lovelace\u3164", "Ada Lovelace"),
        ("\u2764\ufe0f", "\u2764\ufe0f"),
        ("Ada\nLovelace\x00", "Ada Lovelace"),
        ("\u202eadA", "adA"),
        ("x" * 100, "x" * 79 + "…"),
        ("e" + "\u0301" * 50, "é" + "\u0301" * 3),
    ],
)
def test_a_name_becomes_one_visible_bounded_line(name, shown):
    assert display_name(name) == shown


@given(st.text())
def test_no_name_breaks_the_line_or_hides(name):
    shown = display_name(name)

    assert 1 <= len(shown) <= 80
    assert shown.splitlines() == [shown]
