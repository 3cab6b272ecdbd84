"""Templates: what may be written, and what comes of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.built_in_words import default_words
from core.changes import Kind
from core.errors import UserError
from core.word_values import _months
from core.words import LONGEST_TEXT, LONGEST_TITLE, VARIABLES, Words, checked, clean, filled

TEMPLATES = (
    st.text(alphabet=st.sampled_from(["{", "}", "!", ":", ".", "[", "0", " ", "\n", "a"]))
    | (
        st.lists(
            st.sampled_from(
                [*(f"{{{name}}}" for name in VARIABLES), "{{", "}}", "@everyone", "x "]
            ),
            max_size=60,
        ).map("".join)
    )
    | st.text()
)
VALUES = st.dictionaries(st.sampled_from(sorted(VARIABLES)), st.text(max_size=80))


def units(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def accepted(title, text="", *, may_name_amount=True):
    return checked(Words(title=title, text=text), may_name_amount=may_name_amount)


@given(TEMPLATES, TEMPLATES, VALUES)
@example("{", "}", {})
@example("{a!r:{b}}", "{0}", {})
@example("{name" * 500, "{}" * 2000, {})
def test_a_template_is_refused_in_words_or_stays_within_the_limits(title, text, values):
    try:
        words = accepted(title, text)
    except UserError:
        return

    shown = filled(words, values)

    assert 0 < units(words.title) <= LONGEST_TITLE
    assert units(words.text) <= LONGEST_TEXT
    assert units(shown.title) <= LONGEST_TITLE
    assert units(shown.text) <= LONGEST_TEXT
    assert "\n" not in shown.title


@given(st.text(max_size=60))
@example("{tier}")
@example("{{tier}}")
@example("{0.__class__}")
def test_braces_in_a_value_are_only_text(value):
    shown = filled(Words(title="x", text="<{name}>{{name}}"), {"name": value, "tier": "BAD"})

    assert shown.text == f"<{value}>{{name}}"


@given(TEMPLATES)
def test_cleaning_twice_is_cleaning_once(text):
    once = clean(Words(title=text, text=text))

    assert clean(once) == once


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{", "left alone"),
        ("}", "left alone"),
        ("{name", "left alone"),
        ("{name!}", "left alone"),
        ("{}", "nothing else"),
        ("{0}", "nothing else"),
        ("{name.__class__}", "nothing else"),
        ("{name[0]}", "nothing else"),
        ("{name!r}", "nothing else"),
        ("{name:>99999999}", "nothing else"),
        ("{name:{tier}}", "nothing else"),
        ("{ name }", "nothing else"),
        ("{nаme}", "nothing else"),
        ("{`name`}", "nothing else"),
        ("{mail}", "no variable `{mail}`"),
        ("{__class__}", "no variable `{__class__}`"),
        ("{NAME}", "no variable `{NAME}`"),
    ],
)
@pytest.mark.parametrize("part", ["title", "text"])
def test_what_is_no_variable_is_refused(template, why, part):
    with pytest.raises(UserError, match=why):
        accepted(template if part == "title" else "x", template if part == "text" else "")


@pytest.mark.parametrize("template", ["{mail}", "{name!r}"])
def test_a_refusal_lists_every_known_variable(template):
    with pytest.raises(UserError) as refused:
        accepted(template)

    assert [name for name in VARIABLES if f"`{{{name}}}`" not in str(refused.value)] == []
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("title", "text", "why"),
    [
        ("", "x", "title is empty"),
        (" \u200b\n", "x", "title is empty"),
        ("x" * 201, "", "title has 201"),
        ("x", "y" * 1501, "text has 1,501"),
        ("😀" * 101, "", "title has 202"),
    ],
)
def test_a_title_that_is_missing_and_words_that_are_too_long_are_refused(title, text, why):
    with pytest.raises(UserError, match=why):
        accepted(title, text)


def test_words_of_full_length_are_accepted():
    words = accepted("x" * 200, "y" * 1500)

    assert (len(words.title), len(words.text)) == (200, 1500)


def test_amounts_are_named_only_where_that_is_allowed():
    with pytest.raises(UserError, match="amounts are hidden"):
        accepted("{name}", "pays {amount}", may_name_amount=False)

    assert accepted("x", "{{amount}}", may_name_amount=False).text == "{{amount}}"
    assert accepted("x", "{amount}").text == "{amount}"


def test_doubled_braces_are_shown_once():
    assert filled(Words(title="{{{name}}}"), {"name": "Ada"}).title == "{Ada}"


def test_what_would_be_too_long_is_cut():
    long = filled(Words(title="{name}" * 30, text="{name}" * 200), {"name": "A" * 80})

    assert (len(long.title), long.title[-1]) == (200, "…")
    assert (len(long.text), long.text[-1]) == (1500, "…")


def test_lines_of_the_text_are_kept_and_those_of_the_title_are_joined():
    words = accepted("a\nb", "\n\n  one \n\n two\u202e\n")

    assert words == Words(title="a b", text="one\n\ntwo")


@pytest.mark.parametrize("kind", Kind)
def test_the_built_in_words_are_words_that_anybody_could_have_written(kind):
    assert checked(default_words(kind), may_name_amount=False) == default_words(kind)


def test_months_are_whole_ones():
    start = datetime(2025, 1, 31, 12, tzinfo=UTC)
    assert _months(start, datetime(2025, 2, 28, tzinfo=UTC)) == 0
    assert _months(start, datetime(2025, 3, 31, 12, tzinfo=UTC)) == 2
    assert _months(start, datetime(2026, 1, 31, 11, tzinfo=UTC)) == 11
    assert _months(start, start - timedelta(days=90)) == 0
