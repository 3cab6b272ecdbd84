import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.text import cut, escape, escape_lines, fit_lines, plain, units
from tests.cogs.reading import ESCAPED, HOSTILE, armed, shown

anything = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="\\*_~|`<>[]()#-+.:@!&/0123 \neh", max_size=300),
    st.lists(st.sampled_from(HOSTILE), max_size=8).map("".join),
)


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_and_mentions_lose_their_meaning(text):
    assert armed(escape(text)) is None
    assert armed(escape_lines(text)) is None


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\n" not in text and len(text) < 50])
def test_a_reader_sees_what_was_written(text):
    assert shown(escape(text)) == plain(text)


@given(anything, st.integers(min_value=1, max_value=120))
def test_no_text_arms_anything_or_grows_over_its_limit(text, limit):
    for escaped in (escape(text, limit), escape_lines(text, limit)):
        assert units(escaped) <= limit
        assert armed(escaped) is None


@given(anything, st.integers(min_value=1, max_value=120))
def test_a_text_is_never_cut_inside_an_escape(text, limit):
    assert "\\" not in ESCAPED.sub("", escape(text, limit))


@given(anything)
def test_an_escaped_line_stays_one_line(text):
    assert len(escape(text).splitlines()) <= 1


def test_a_text_that_fits_exactly_is_not_cut():
    assert escape("a*b", 4) == "a\\*b"
    assert escape("a*bc", 4) == "a\\*…"
    assert escape("a*bc", 3) == "a…"


def test_characters_beyond_the_basic_plane_count_twice():
    assert cut("👑👑👑", 5) == "👑👑…"
    assert cut("👑👑👑", 6) == "👑👑👑"


def test_control_characters_and_empty_lines_around_a_text_vanish():
    assert plain(" a\u202e\tb\r\n c ") == "a b c"
    assert escape_lines("\n\n a\nb \n\n") == "a\nb"


def test_an_ordinary_name_is_left_alone():
    assert escape("Zoë O'Neill-Smith, 3rd (the 1st!)") == "Zoë O'Neill-Smith, 3rd (the 1st!)"


@given(st.lists(st.text(alphabet="ab👑", max_size=30), max_size=20), st.integers(20, 200))
def test_lines_that_do_not_fit_are_counted(lines, limit):
    text = fit_lines(lines, limit)

    assert units(text) <= limit
    kept = text.split("\n")
    if text != "\n".join(lines):
        assert kept[:-1] == lines[: len(kept) - 1]
        assert kept[-1] == f"… and {len(lines) - len(kept) + 1} more"


@pytest.mark.parametrize("blank", ["\u3164", "\u115f\u1160", "\uffa0", "\u2800"])
def test_letters_without_a_shape_are_spaces(blank):
    assert plain(blank) == escape(blank) == ""
    assert plain(f"a{blank}b") == "a b"
