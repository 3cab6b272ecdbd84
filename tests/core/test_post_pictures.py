import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.post_pictures import MOST_PICTURES, pictures_in


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, ()),
        ("", ()),
        ("<p>none</p>", ()),
        (
            '<p><img src="https://a/1.png"></p><IMG SRC=https://a/2.png />',
            ("https://a/1.png", "https://a/2.png"),
        ),
        ('<img src="https://a/1.png?x=1&amp;y=2">', ("https://a/1.png?x=1&y=2",)),
        ('<img src="https://a/1.png"><img src="https://a/1.png">', ("https://a/1.png",)),
        ('<img alt="x"><img src><img src="">', ()),
        ('<!-- <img src="https://a/1.png"> -->', ()),
        ('<script>"<img src=https://a/1.png>"</script>', ()),
        ('<img data-src="https://a/no.png" src=" https://a/1.png ">', ("https://a/1.png",)),
        ('<img src="https://a/1.png"', ()),
        ('<a title="<img src=https://a/1.png>">x</a>', ()),
    ],
)
def test_the_addresses_are_those_that_a_browser_would_ask(content, found):
    assert pictures_in(content) == found


def test_a_gallery_without_end_keeps_its_first_pictures():
    content = "".join(f'<img src="https://a/{number}">' for number in range(5_000))

    assert pictures_in(content) == tuple(f"https://a/{number}" for number in range(MOST_PICTURES))


_PIECES = st.sampled_from(
    [
        "<img",
        " src=",
        '"',
        "'",
        ">",
        "<",
        "</",
        "<!--",
        "-->",
        "<![CDATA[",
        "&amp",
        "&#x;",
        "\0",
        "https://a/1",
        "<script>",
        "</script>",
        "<style>",
        " ",
        "\n",
        "<?",
        "<!",
    ]
)


@given(st.lists(st.one_of(_PIECES, st.text(max_size=5)), max_size=60).map("".join))
def test_no_html_makes_it_fail(content):
    found = pictures_in(content)

    assert len(found) <= MOST_PICTURES
    assert all(found)
    assert len(set(found)) == len(found)
