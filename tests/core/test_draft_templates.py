"""Variables in templates."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.draft_templates import filled, own_variables, values_at
from core.drafts import Content
from core.errors import UserError
from core.members import Campaign

CAMPAIGN = Campaign(id="1001", name="Ada's {Workshop}")
AT = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)


def content(title="{campaign} in {month}", *parts):
    return Content(title=title, parts=parts or ("Hello on {weekday}, {date}.",))


def test_known_variables_fill_themselves():
    done = filled(content(), values_at(CAMPAIGN, AT))

    assert done.title == "Ada's {Workshop} in November"
    assert done.parts == ("Hello on Saturday, 21 November 2026.",)


def test_own_variables_are_asked_for_in_their_order():
    one = content("{topic} {month}", "{guest} and {topic}")

    assert own_variables(one) == ("topic", "guest")
    with pytest.raises(UserError, match=r"Fill in `\{guest\}`"):
        filled(one, {"topic": "Clocks", "guest": " ", **values_at(CAMPAIGN, AT)})


def test_a_value_is_never_filled_again():
    done = filled(content("{topic}", "x"), {"topic": "{month} {{"})

    assert done.title == "{month} {{"


def test_doubled_braces_are_braces():
    assert filled(content("a {{b}}", "x"), {}).title == "a {b}"


@pytest.mark.parametrize(
    "text", ["{", "}", "{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{a b}", "{" * 999]
)
def test_other_braces_are_refused_with_the_cure(text):
    with pytest.raises(UserError, match="braces belong around the name of a variable"):
        own_variables(content(text, "x"))


def test_a_template_has_few_variables_of_its_own():
    with pytest.raises(UserError, match="at most 5 variables"):
        own_variables(content(" ".join(f"{{v{n}}}" for n in range(6)), "x"))


@given(st.text(st.sampled_from("{}ab!:.[]09 _"), max_size=60))
def test_no_text_breaks_a_template(text):
    one = content("x", text)
    try:
        names = own_variables(one)
    except UserError:
        return
    body = filled(one, dict.fromkeys(names, "v") | dict(values_at(CAMPAIGN, AT))).body
    assert len(body) <= len(text)
    assert body.strip() == text.strip() or "{" in text or "}" in text
