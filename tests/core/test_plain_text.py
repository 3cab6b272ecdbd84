"""Clean HTML in plain text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plain_text import plain_text

PIECES = re.findall(
    r"<[^>]+>|.",
    "<p></p><ul></ul><ol></ol><li></li><a href=x></a><pre></pre><br><hr>a \n",
    re.DOTALL,
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<p>One</p>\n<p>Two</p>\n", "One\n\nTwo"),
        ("<p>One<br>Two</p>", "One\nTwo"),
        ("<p>Fish &amp; <strong>chips</strong> &lt;3</p>", "Fish & chips <3"),
        ("<h2>Head</h2><p>Text</p>", "Head\n\nText"),
        ("<p>One</p><hr><p>Two</p>", "One\n\n* * *\n\nTwo"),
        ("<ul><li>a</li><li>b</li></ul><p>End</p>", "• a\n• b\n\nEnd"),
        ("<ul><li><p>a</p></li><li><p>b</p></li></ul>", "• a\n• b"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ("<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>", "1. a\n  • b\n2. c"),
        ('<p>See <a href="https://a.example/b">this</a>.</p>', "See this (https://a.example/b)."),
        ('<a href="https://a.example">https://a.example</a>', "https://a.example"),
        ('<ul><li><a href="https://a.example">x</a></li></ul>', "• x (https://a.example)"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
        ("<pre><code>a\n  b\n</code></pre><p>c</p>", "a\n  b\n\nc"),
        ("<blockquote><p>Said</p></blockquote><p>Done</p>", "Said\n\nDone"),
        ("<p>a\n   b\tc</p>", "a b c"),
    ],
)
def test_html_becomes_what_people_would_type(html, text):
    assert plain_text(html) == text


@given(st.text())
def test_nothing_makes_it_fail(html):
    text = plain_text(html)

    assert text == text.strip("\n")
    assert "\n\n\n" not in text


@given(st.lists(st.sampled_from(PIECES)))
def test_broken_markup_does_not_make_it_fail(parts):
    assert "\n\n\n" not in plain_text("".join(parts))


def test_a_long_text_with_many_links_takes_its_length():
    html = "<p>" + '<a href="https://a.example">x</a> ' * 20_000 + "</p>"

    assert plain_text(html).count("(https://a.example)") == 20_000
