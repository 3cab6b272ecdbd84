"""Foreign text as both databases can keep it."""

from hypothesis import given
from hypothesis import strategies as st

from storage.text import clean, clean_all

TEXTS = st.lists(st.text(st.sampled_from("aZ9-é猫\N{GRINNING FACE}\x00\ud800\udfff"), max_size=5))


@given(TEXTS)
def test_many_texts_are_cleaned_as_each_of_them_is(texts):
    assert clean_all(texts) == [clean(text) for text in texts]


def test_one_bad_text_among_many_costs_the_others_nothing():
    assert clean_all(iter(["a\x00b", "plain", "é", ""])) == [
        "a\N{REPLACEMENT CHARACTER}b",
        "plain",
        "é",
        "",
    ]
