import re
import string
import unicodedata
from itertools import cycle, islice

from hypothesis import example, given
from hypothesis import strategies as st

from core.draft_sheets import pack
from tests.markup.discord_reader import MENTIONS, show
from tests.markup.html_reader import read_strictly

PIECES = [
    *"*_~`|<>[]()!#-+=\\@:&\"'{}^ \t\n",
    *("**", "__", "~~", "``", "```", "````", "~~~", "||", "***", "\n\n", "  \n", "\\\n", "    "),
    *("> ", ">>> ", "> > ", "- ", "* ", "1. ", "99) ", "# ", "### ", "#### ", "-# ", "---\n"),
    *("](", "](https://a.b/c)", "[d](https://e.f)", "![", "![g](h)", "[i]: https://j.k\n", "[i]"),
    *("https://l.m/_n_", "<https://o.p>", "http://", "(https://q.r/s_(t))", "javascript:u"),
    *("@everyone", "@here", "<@1>", "<@!2>", "<@&3>", "<#4>", "</cmd:5>", "<t:6:R>", "<:v:7>"),
    *("<id:guide>", "@", "everyone", "here", "1>", "&lt;", "&#64;", "&#x202e;", "&amp;", "&nbsp;"),
    *("<b>", "</b>", "<p>", "</p>", "<ul><li>", "</li></ul>", "<a href='https://w.x'>", "</a>"),
    *("<blockquote>", "</blockquote>", "<pre>", "</pre>", "<code>", "</code>", "<h1>", "</h4>"),
    *("<table>", "<tr>", "<td>", "<th>", "</table>", "<br>", "<hr>", "<img alt='y'>", "<iframe>"),
    *("<!--", "-->", "<![CDATA[", "<script>", "</script>", "<u>", "<s>", "<em>", "|a|b|\n|-|-|\n"),
    *("\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\x00", "\x1b", "\r", "\u2028", "\x85"),
    *("e\u0301\u0301\u0301\u0301\u0301\u0301", "👨\u200d👩", "🎉", "漢字", "ä", "word", "1", "Ω"),
    *("word " * 80, "x" * 700, "🎉" * 400, "`" * 50, "[" * 90, "> " * 20, "**a** " * 150),
]
bodies = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=40).map("".join)
either = st.sampled_from(["typeset", "from_html"])


@given(body=bodies, read=either)
@example(body="**a** *b* ~~c~~ `d` " * 300, read="typeset")
@example(body="<b>a</b><i>b</i><u><s>c</s></u>" * 300, read="from_html")
@example(body="```\n" + "`" * 3000 + "\n\n\n\n```", read="typeset")
@example(body="> ```\n> " + "🎉" * 3000, read="typeset")
@example(body="<blockquote>" * 20 + "<pre>" + "```" * 900, read="from_html")
def test_whatever_is_written_blocks_are_within_limits_and_harmless(typesetter, body, read):
    made = getattr(typesetter, read)(body)
    alone = [show(block) for block in made.blocks]
    kinds = set().union(*(shown.kinds for shown in alone))

    for block in made.blocks:
        assert block.strip()
        assert len(block.encode("utf-16-le")) // 2 <= 1_500
        assert not re.search(r"@everyone|@here|<@[!&]?\d|<#\d", block, re.IGNORECASE)
    assert not kinds & (MENTIONS | {"spoiler", "small", "url"})
    for sheet in pack(made.blocks, longest=4_096):
        assert len(sheet) <= 4_096
        assert show(sheet).kinds <= kinds
    assert len(made.findings) <= 50


@given(body=bodies, read=either)
def test_whatever_is_written_html_is_clean_and_links_agree(typesetter, body, read):
    made = getattr(typesetter, read)(body)

    in_html = set(read_strictly(made.html).links)
    in_discord = {url for block in made.blocks for _, url in show(block).links}

    assert all(url.startswith(("http://", "https://")) for url in map(str.lower, in_discord))
    assert len(in_discord) <= len(in_html)


@given(body=bodies, read=either)
def test_whatever_is_written_nothing_hides_or_turns_around(typesetter, body, read):
    made = getattr(typesetter, read)(body)

    for text in [*made.blocks, made.html, *(each.detail for each in made.findings)]:
        text.encode()
        kept = set(text) - set("\n\t\u200b\u200c\u200d\u200e\u200f")
        controls = {each for each in kept if unicodedata.category(each) in {"Cc", "Cs"}}
        assert not controls
        assert not kept & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


WORDS = st.text(
    st.sampled_from(string.ascii_letters + string.digits + string.punctuation + "äß漢Ω🎉"),
    min_size=1,
    max_size=12,
).filter(lambda word: "http" not in word.lower())
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=8).map(" ".join), min_size=1, max_size=6)


def escaped(text):
    """Write text as Markdown that means just this. Source: CommonMark 0.31, backslash escapes."""
    return "".join(f"\\{each}" if each in string.punctuation else each for each in text)


@given(TEXTS.map("\n".join))
@example("¯\\_(ツ)_/¯")
@example("@everyone <@1> <a:b:1> :tada: ||x||")
@example("- a\n1. b\n# c\n> d\n-# e\n>>> f\n``` g")
def test_escaped_text_shows_as_it_was_meant(typesetter, text):
    made = typesetter.typeset(escaped(text))

    (block,) = made.blocks
    shown = show(block)
    assert shown.text == text
    assert not shown.kinds
    reader = read_strictly(made.html)
    assert reader.text.strip("\n") == text
    assert set(reader.elements) <= {"p", "br"}


plain_words = st.text(
    st.sampled_from(string.ascii_letters + "äöß漢Ω🎉,;?'\""), min_size=1, max_size=12
)


@given(
    st.lists(st.lists(plain_words, min_size=1, max_size=8).map(" ".join), min_size=1, max_size=9)
)
def test_plain_text_comes_back_as_it_is(typesetter, lines):
    text = "\n".join(lines)

    made = typesetter.typeset(text)

    assert made.blocks == (text,)
    assert read_strictly(made.html).text.strip("\n") == text
    assert made.findings == ()


@given(st.lists(WORDS, min_size=1, max_size=40), st.integers(300, 1_200))
def test_a_long_text_is_parted_and_nothing_of_it_is_lost(typesetter, some_words, count):
    # Again and again: to draw a thousand words takes longer than to typeset them.
    words = list(islice(cycle(some_words), count))

    made = typesetter.typeset("**" + escaped(" ".join(words)) + "**!")

    shown = " ".join(show(block).text for block in made.blocks)
    assert "".join(shown.split()) == "".join(words) + "!"


@given(
    st.lists(
        st.sampled_from([p for p in PIECES if not re.search(r"[\[`~]|[<h]|&", p)]), max_size=30
    )
)
def test_every_word_is_shown_whatever_is_around_it(typesetter, pieces):
    body = "".join(f"{piece} w{number}w " for number, piece in enumerate(pieces))

    made = typesetter.typeset(body)

    for number in range(len(pieces)):
        assert f"w{number}w" in "".join(made.blocks)
        assert f"w{number}w" in made.html


@given(bodies)
def test_html_that_was_made_reads_the_same_again(typesetter, body):
    once = typesetter.typeset(body)

    again = typesetter.from_html(once.html)

    words = "".join(read_strictly(once.html).text.split())
    assert "".join(read_strictly(again.html).text.split()) == words
