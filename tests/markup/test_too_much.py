"""So much markup that nobody meant it: the work has a bound, and no word is lost."""

import sys

import pytest

from core.typesetting import Finding, Remark
from markup.parser import MOST_MARKS, MOST_TOKENS, make_parser

SHORT, LONG = 1_000, 4_000
_MANY = 12_000
DENSE = [
    *("[", "![", "**[", "[](", "[a](b)", "[[]", "*a", "*a **a ", "a**b", "~~a", "`", "``a`", "\\`"),
    *("> ", "> > a\n", "- ", "- a\n", "- > ", "10. a\n   ", "#\n", "a|a\n-|-\n", "|", "a|b\n"),
    *("<", "<b>", "&", "https://a.b/ ", "http://", "[a]: b\n", "\n", "a\\\n", "a\n-\n", "@", "$"),
]


def calls_of(work, *arguments):
    """Count the functions that a piece of work calls: its cost, on whatever machine."""
    count = 0

    def note(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work(*arguments)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("read", ["typeset", "from_html"])
@pytest.mark.parametrize("repeated", DENSE, ids=ascii)
def test_the_work_grows_with_the_text_and_not_with_its_square(typesetter, repeated, read):
    work = getattr(typesetter, read)
    work(repeated)

    short = calls_of(work, (repeated * SHORT)[:SHORT])
    long = calls_of(work, (repeated * LONG)[:LONG])

    # Four times the text; an address is looked at up to its longest, so a little more is fine.
    assert long <= 8 * short + 5_000


@pytest.mark.parametrize("repeated", ["- a\n", "a\n\n", "#\n", "a|a\n-|-\n", "a\n-\n", "> a\n\n"])
def test_blocks_are_parsed_up_to_a_number(repeated):
    tokens = make_parser()(repeated * 100_000)

    assert len(tokens) < MOST_TOKENS + 50


def test_a_row_of_very_many_cells_is_one_row_too_much_at_most():
    tokens = make_parser()("|a" * 5_000 + "\n" + "|-" * 5_000 + "\n" + "|b\n" * 20_000)

    assert len(tokens) < MOST_TOKENS + 4 * 5_000


@pytest.mark.parametrize("repeated", ["*a", "[", "![", "`a`", "a**b", "$"])
def test_signs_are_looked_at_up_to_a_number(repeated):
    [_, inline, _] = make_parser()(repeated * (2 * MOST_MARKS))

    assert [token.type for token in inline.children] == ["text"]


@pytest.mark.parametrize("line", ["- word{}\n", "word{}\n\n", "> word{}\n\n", "1. *word{}*\n"])
def test_no_word_behind_too_many_blocks_is_lost(typesetter, line):
    body = "".join(line.format(number) for number in range(_MANY))

    made = typesetter.typeset(body)

    for shown in (made.html, "\n".join(made.blocks)):
        last = -1
        for number in (0, 1, 5_000, _MANY - 1):
            place = shown.find(f"word{number}")
            assert place > last
            last = place
    assert [one.remark for one in made.findings].count(Remark.TOO_MUCH) == 1


def test_what_stands_before_too_much_is_followed_as_ever(typesetter):
    made = typesetter.typeset("# **Title**\n\n" + "- item\n" * MOST_TOKENS)

    assert made.html.startswith("<h1><strong>Title</strong></h1>\n<ul><li>item</li>")
    assert "- item<br>- item" in made.html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the *last*", "<p>the *last*</p>"),
        ("## the *last*", "<h2>the *last*</h2>"),
        ("|the *last*|b|\n|-|-|\n|c|d|", "the *last*"),
    ],
)
def test_text_behind_too_many_signs_is_shown_as_it_was_typed(typesetter, text, shown):
    made = typesetter.typeset("first *word*\n\n" + "*a*" * MOST_MARKS + f"\n\n{text}")

    assert made.html.startswith("<p>first <em>word</em></p>")
    assert shown in made.html
    assert r"\*last\*" in made.blocks[-1] or "*last*" in made.blocks[-1]
    [finding] = [one for one in made.findings if one.remark is Remark.TOO_MUCH]
    assert finding.detail.startswith("*a**a*")


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("## " + "*a*" * MOST_MARKS, "*a**a*"),
        ("|b|c|\n|-|-|\n|" + "*a*" * MOST_MARKS + "|d|", "b | c"),
    ],
)
def test_headings_and_tables_say_that_they_are_too_much(typesetter, text, detail):
    made = typesetter.typeset(text)

    [finding] = [one for one in made.findings if one.remark is Remark.TOO_MUCH]
    assert finding.detail.startswith(detail)


def test_a_hundred_thousand_characters_of_rich_text_are_not_too_much(typesetter):
    paragraph = "Some **bold** words, a [link](https://example.com/a) and `code`, twice.\n\n"
    items = "".join(f"- item {number} of *many*\n" for number in range(4))
    table = "|a|b|c|\n|-|-|-|\n" + "|some|words|here|\n" * 4
    part = f"## Heading\n\n{paragraph}{paragraph}{items}\n{table}\n"

    made = typesetter.typeset(part * (100_000 // len(part)))

    assert Remark.TOO_MUCH not in {one.remark for one in made.findings}
    assert Finding(Remark.TABLE, "a | b | c") in made.findings
