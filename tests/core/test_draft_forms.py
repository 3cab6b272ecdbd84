"""What forms may say."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.draft_forms import Field, Form, filled_in, parse_minimum, split, units
from core.drafts import (
    LONGEST_BODY_BYTES,
    LONGEST_DESCRIPTION,
    LONGEST_PART,
    LONGEST_TITLE,
    AudienceKind,
    Content,
    DraftPicture,
)
from core.errors import UserError

TEXT = st.text(
    st.characters() | st.sampled_from("\x00\x07\u202e\u2066\u200b\ud800@`*_#\n\r\t\u0301🎉")
)


def picture(number):
    return DraftPicture(digest=f"{number:064}", name="a.png", media_type="image/png", size_bytes=1)


def fields_of(problems):
    return {problem.field for problem in problems}


def test_a_form_becomes_a_content():
    form = Form(title=" News\u202e ", body="One\r\ntwo\x00", audience=AudienceKind.TIERS)

    content, problems = filled_in(None, form)

    assert problems == ()
    assert content.title == "News"
    assert content.parts == ("One\ntwo",)
    assert content.audience.kind is AudienceKind.TIERS


@pytest.mark.parametrize("nothing", ["", "  ", "\u200b\u200d", "\u3164", "\x00\x01", "\u0301"])
def test_what_shows_nothing_is_missing(nothing):
    _, problems = filled_in(None, Form(title=nothing, body=nothing))

    assert fields_of(problems) == {Field.TITLE, Field.BODY}


def test_a_form_without_a_title_field_leaves_the_title():
    before = Content(title="News", parts=("One", "Two"))

    content, problems = filled_in(before, Form(draft_id=1, body="Zwei", part=1))

    assert problems == ()
    assert content == Content(title="News", parts=("One", "Zwei"))


def test_text_is_added_behind_all_parts():
    before = Content(title="News", parts=("One", "Two"))

    content, _ = filled_in(before, Form(body="Three", part=None, more=("Four\n\nfive",)))

    assert content.parts == ("One", "Two", "Three", "Four\n\nfive")


def described(text, beginning=f"{2:064}"):
    content = Content(title="News", parts=("x",), pictures=(picture(1), picture(2)))
    return filled_in(content, Form(picture=beginning, description=text))


def test_a_description_is_for_one_picture_on_one_line():
    content, problems = described(" A cat\r\nand\u202e a\x00 dog ")

    assert problems == ()
    assert [one.description for one in content.pictures] == [None, "A cat and a dog"]


@pytest.mark.parametrize("nothing", ["", " \n", "\u200b\u2060"])
def test_an_empty_description_is_none(nothing):
    content, problems = described(nothing)

    assert problems == ()
    assert content.pictures[1].description is None


def test_a_description_fits_where_discord_shows_it():
    fits, wrong = described("x" * LONGEST_DESCRIPTION)
    assert (len(fits.pictures[1].description), wrong) == (LONGEST_DESCRIPTION, ())

    content, problems = described("🎉" * (LONGEST_DESCRIPTION // 2) + "x")

    assert [one.text for one in problems] == [
        "The description has 1,025 characters; at most 1,024 fit. Shorten it."
    ]
    assert content.pictures[1].description is None


@pytest.mark.parametrize("beginning", ["", "f" * 40])
def test_a_picture_that_is_not_there_is_not_described(beginning):
    content, problems = described("A cat", beginning)

    assert fields_of(problems) == {Field.PICTURES}
    assert [one.description for one in content.pictures] == [None, None]


def test_limits_are_told_with_what_is_there():
    long = Form(title="x" * (LONGEST_TITLE + 1), body="ü" * LONGEST_BODY_BYTES)

    _, problems = filled_in(None, long)

    assert fields_of(problems) == {Field.TITLE, Field.BODY}
    assert "201" in problems[0].text
    assert "200.0 kB" in problems[1].text


def test_a_title_is_counted_as_discord_counts():
    assert filled_in(None, Form(title="🎉" * 100, body="x"))[1] == ()
    assert fields_of(filled_in(None, Form(title="🎉" * 101, body="x"))[1]) == {Field.TITLE}


def test_pictures_come_once_and_up_to_ten():
    content, problems = filled_in(
        None, Form(title="x", body="x", pictures=(picture(1), picture(1), picture(2)))
    )
    assert [one.digest[-1] for one in content.pictures] == ["1", "2"]
    assert problems == ()

    _, problems = filled_in(content, Form(pictures=tuple(map(picture, range(3, 12)))))
    assert fields_of(problems) == {Field.PICTURES}


@given(title=TEXT, body=TEXT, more=st.lists(TEXT, max_size=2))
def test_whatever_comes_is_stored_as_something_that_can_be_stored(title, body, more):
    content, problems = filled_in(None, Form(title=title, body=body, more=tuple(more)))

    content.title.encode()
    content.body.encode()
    assert "\x00" not in content.title + content.body
    assert "\n" not in content.title
    if not problems:
        assert 0 < units(content.title) <= LONGEST_TITLE
        assert len(content.body.encode()) <= LONGEST_BODY_BYTES
        # A form that changes nothing leaves everything as it is.
        again, _ = filled_in(content, Form(draft_id=1, title=content.title))
        assert again == content


@given(
    st.lists(
        st.text(st.sampled_from("ab 🎉`~\n#-"), max_size=400) | st.just("```\n\n\n```"), max_size=12
    )
)
def test_a_long_text_is_split_without_a_loss(texts):
    text = "\n\n".join(texts)

    parts = split(text, longest=500)

    assert "\n\n".join(parts).split() == text.split()
    assert all(part.strip() for part in parts)


def test_code_is_never_split():
    code = "```\n" + "line\n\n" * 1_000 + "```"

    assert split(f"Before\n\n{code}\n\nAfter") == ["Before", code, "After"]


def test_parts_fit_a_form():
    parts = split("\n\n".join(["word " * 100] * 100))

    assert len(parts) <= 15
    assert all(units(part) <= LONGEST_PART for part in parts[:-1])


@pytest.mark.parametrize(
    ("text", "cents"),
    [("5", 500), ("5.00", 500), ("5,00", 500), (" 7.5 ", 750), ("0.01", 1), ("1000000", 10**8)],
)
def test_an_amount_is_read(text, cents):
    assert parse_minimum(text, "EUR") == cents


@pytest.mark.parametrize(
    "text",
    ["", "0", "0.00", "-5", "5.001", "5.", ".5", "1,000.00", "1.000,00", "five", "５", "1e3",
     "NaN", "٣", "9" * 400, "1000000.01", "5 €", "\x00", "5\n6"],
)  # fmt: skip
def test_what_is_no_amount_is_refused_with_an_example(text):
    with pytest.raises(UserError, match=r"Write the amount in EUR as 5, 5\.00 or 5,00\.") as caught:
        parse_minimum(text, "EUR")

    assert len(str(caught.value)) < 200


@given(TEXT)
def test_no_text_breaks_the_reading_of_amounts(text):
    with suppress(UserError):
        assert 1 <= parse_minimum(text, "USD") <= 10**8
