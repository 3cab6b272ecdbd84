import pytest

from markup.discord_packing import LONGEST_BLOCK, units
from tests.markup.discord_reader import MENTIONS, show

Z = "\u200b"


@pytest.mark.parametrize(
    ("markdown", "blocks"),
    [
        ("", ()),
        (" \n\t\n", ()),
        ("one\ntwo", ("one\ntwo",)),
        ("one  \ntwo\\\nthree", ("one\ntwo\nthree",)),
        ("one\n\ntwo", ("one", "two")),
        ("**b** __b__ *i* _i_ ~~s~~", ("**b** **b** *i* *i* ~~s~~",)),
        ("***both***", ("***both***",)),
        ("**bold *both* bold**", ("**bold** ***both*** **bold**",)),
        ("**bo**ld **a***b*", (f"**bo**ld **a**{Z}*b*",)),
        ("~~a \\~~~", (f"~~a \\~{Z}~~",)),
        ("`code` `` a`b `` ``` `` ```", (f"`code` ``a`b`` ``{Z}`{Z}`{Z}``",)),
        ("`a``b` ``c``", (f"``a`{Z}`b`` `c`",)),
        ("**a `b*c` d**", ("**a** `b*c` **d**",)),
        ("# One\n## Two\n### Three", ("# One", "## Two", "### Three")),
        ("#### Four\n###### Six *x*", ("**Four**", "**Six** ***x***")),
        ("# C#\n# **C#**", (f"# C#{Z}", "# **C#**")),
        ("Title\n===\nSub\n---", ("# Title", "## Sub")),
        ("***\n\n---", ("────────────", "────────────")),
        ("- a\n- b\n  - c\n    1. d", ("- a\n- b\n  - c\n    1. d",)),
        ("* a\n\n  b\n* c", ("- a\n  b\n- c",)),
        ("7. a\n8. b", ("7. a\n8. b",)),
        ("0) a", ("0. a",)),
        ("- # big\n- \n- > q\n- c", (f"- **big**\n- {Z}\n- {Z}\n> q\n- c",)),
        ("- a\n  ```\n  x\n  ```\n  b", ("- a\n```\nx\n```\n  b",)),
        ("- - a", (f"- {Z}\n  - a",)),
        ("> a\n> b\n>\n> c", ("> a\n> b\n> \n> c",)),
        ("> a\n> > b\n> > > c", ("> a\n> \n> \\> b\n> \\> \n> \\> \\> c",)),
        ("> ```py\n> x\n> ```", ("> ```py\n> x\n> ```",)),
        ("> - a\n> - b", ("> - a\n> - b",)),
        ("```py\nx = '*'\n```", ("```py\nx = '*'\n```",)),
        ("    x\n\n    y", ("```\nx\n\ny\n```",)),
        ("````\n```\na\n```\n````", (f"```\n``{Z}`\na\n``{Z}`\n```",)),
        ('```a b\nx\n```\n```"><\nx\n```', ("```a\nx\n```", "```\nx\n```")),
        ("```\n\n```", ()),
        ("[text](https://a.b/c 'title')", ("[text](https://a.b/c)",)),
        ("[**b** i](https://a.b)", ("[**b** i](https://a.b)",)),
        ("**[b](https://a.b)**", ("**[b](https://a.b)**",)),
        ("[a]\n\n[a]: https://a.b", ("[a](https://a.b)",)),
        ("[](https://a.b)", ("<https://a.b>",)),
        ("[https://a.b](https://a.b/)", ("<https://a.b/>",)),
        ("[https://a.b](https://evil.c)", ("https\\://a.b (<https://evil.c>)",)),
        ("[a \\[b\\]](https://a.b)", ("a \\[b\\] (<https://a.b>)",)),
        ("[a](https://a.b/(c)_*d*|e`)", ("[a](https://a.b/%28c%29_%2Ad%2A%7Ce%60)",)),
        ("[a](https://a.b/@everyone/__x__)", ("[a](https://a.b/%40everyone/_%5Fx_%5F)",)),
        ("[a](https://ä.de/ü?ö)", ("[a](https://xn--4ca.de/%C3%BC?%C3%B6)",)),
        ("<https://a.b/_c_>", ("<https://a.b/_c_>",)),
        ("see https://a.b/_c_d_. (https://e.f)", ("see <https://a.b/_c_d>\\_. (<https://e.f>)",)),
        ("**https://a.b**", ("**<https://a.b>**",)),
        ("https://a.b/w_(x) http://", ("<https://a.b/w_%28x%29> http\\://",)),
        ("[a](javascript:x) [b](/c) [d](mailto:e@f.g)", ("a b d",)),
        ("[a](https://u:p@b.c) [d](http://) [e](https://a.b:0)", ("a d e",)),
        ("![a *b*](https://c.d/e.png) ![](f)", ("🖼 a b 🖼 picture",)),
        ("[![a](b)](https://c.d)", ("[🖼 a](https://c.d)",)),
        ("<b>a</b> <!-- c -->", (f"\\<{Z}b\\>a\\<{Z}/b\\> \\<{Z}!-- c --\\>",)),
        ("<div>\n**a**\n</div>", (f"\\<{Z}div\\>\n**a**\n\\<{Z}/div\\>",)),
        ("1\\. a\n\\- b\n\\# c\n+d\n-# e", ("1\\. a\n\\- b\n\\# c\n\\+d\n\\-# e",)),
        ("\\*a\\* \\_b\\_ \\`c\\` \\|\\|d\\|\\|", ("\\*a\\* \\_b\\_ \\`c\\` \\|\\|d\\|\\|",)),
        ("a: b 10:30 :tada:", ("a: b 10\\:30 \\:tada:",)),
        ("a < b > c <3", ("a \\< b \\> c \\<3",)),
        ("me@a.b a@everyone.c @ you", (f"me@a.b a@{Z}everyone.c @{Z} you",)),
        ("@everyone @here", (f"@{Z}everyone @{Z}here",)),
        ("<@1> <@&2> <#3>", (f"\\<{Z}@{Z}1\\> \\<{Z}@{Z}&2\\> \\<{Z}#3\\>",)),
        ("&lt;@1> &#64;everyone", (f"\\<{Z}@{Z}1\\> @{Z}everyone",)),
        ("`@everyone <@1>`", (f"`@{Z}everyone <{Z}@1>`",)),
        ("a\u202eb\u200bc\x00d\u2028e", ("abcd\ne",)),
        ("e" + "\u0301" * 40, ("e" + "\u0301" * 4,)),
        ("|a|b|\n|-|-:|\n|1|漢|\n|`c`||", ("```\na  b\n-  --\n1  漢\nc\n```",)),
        (
            "|a|b|\n|-|-|\n|1|[x](https://y.z)|\n||2|",
            ("**a:** 1\n**b:** [x](https://y.z)\n\n**b:** 2",),
        ),
        ("a|b\n-|-\nc||d|*e*\\|f\n|g|h|", ("```\na  b\n-  -------\nc  d | e|f\ng  h\n```",)),
        ("|" + "a" * 60 + "|\n|-|\n|b|", (f"**{'a' * 60}:** b",)),
    ],
)
def test_markdown_becomes_discords_dialect(typesetter, markdown, blocks):
    assert typesetter.typeset(markdown).blocks == blocks


@pytest.mark.parametrize(
    ("markdown", "text", "kinds"),
    [
        ("**a *b* c**", "a b c", {"strong", "em"}),
        ("*a **b** c*", "a b c", {"strong", "em"}),
        ("**a***b*~~c~~", "abc", {"strong", "em", "strike"}),
        ("***a** b*", "a b", {"strong", "em"}),
        ("*a **b***", "a b", {"strong", "em"}),
        ("**\\*a\\***", "*a*", {"strong"}),
        ("~~\\~a\\~~~", "~a~", {"strike"}),
        ("`` `a` ``", "`a`", {"code"}),
        ("**a `*` b**", "a * b", {"strong", "code"}),
        ("[a_b](https://c.d/e_f)", "a_b", {"link"}),
        ("¯\\\\\\_(ツ)\\_/¯", "¯\\_(ツ)_/¯", set()),
        ("\\> a\n\\>>> b", "> a\n>>> b", set()),
        ("**\\# a** *1\\. b*", "# a 1. b", {"strong", "em"}),
        ("[\\- a](https://b.c)", "- a", {"link"}),
    ],
)
def test_discord_shows_what_was_meant(typesetter, markdown, text, kinds):
    (block,) = typesetter.typeset(markdown).blocks

    shown = show(block)

    assert (shown.text, shown.kinds) == (text, kinds)


def test_a_long_paragraph_parts_behind_a_sentence(typesetter):
    sentence = "word " * 30 + "end. "

    first, second = typesetter.typeset(sentence * 15).blocks

    assert first == (sentence * 9).strip()
    assert second == (sentence * 6).strip()


def test_a_long_bold_paragraph_is_bold_in_every_part(typesetter):
    blocks = typesetter.typeset("**" + "wörd " * 1_000 + "end**").blocks

    assert len(blocks) == 4
    assert all(show(block).kinds == {"strong"} for block in blocks)


def test_a_word_without_end_parts_between_signs(typesetter):
    family = "👨\u200d👩\u200d👧"

    blocks = typesetter.typeset(family * 400).blocks

    assert "".join(blocks) == family * 400
    assert all(block.startswith("👨") and units(block) <= LONGEST_BLOCK for block in blocks)


def test_long_code_is_fenced_in_every_part(typesetter):
    lines = [f"line {number}" for number in range(500)]

    blocks = typesetter.typeset("```py\n" + "\n".join(lines) + "\n```").blocks

    assert len(blocks) == 3
    assert all(block.startswith("```py\n") and block.endswith("\n```") for block in blocks)
    shown = "\n".join(block.removeprefix("```py\n").removesuffix("\n```") for block in blocks)
    assert shown.split("\n") == lines


def test_long_code_in_a_quote_stays_in_it(typesetter):
    quoted = "\n".join(f"> line {number}" for number in range(500))

    blocks = typesetter.typeset(f"> ```\n{quoted}\n> ```").blocks

    assert len(blocks) > 3
    assert all(line.startswith("> ") for block in blocks for line in block.split("\n"))
    assert all(show(block).kinds == {"quote", "code_block"} for block in blocks)


def test_a_long_list_parts_between_its_items(typesetter):
    item = "- item\n  - " + "word " * 40 + "\n"

    blocks = typesetter.typeset(item * 20).blocks

    assert len(blocks) > 2
    assert all(block.startswith("- item\n  - word") for block in blocks)


def test_numbers_go_on_in_the_next_part(typesetter):
    blocks = typesetter.typeset("\n".join(f"{n}. {'word ' * 20}" for n in range(1, 41))).blocks

    items = [line.split(" ")[0] for block in blocks for line in block.split("\n")]
    assert items == [f"{number}." for number in range(1, 41)]


def test_a_long_table_is_no_longer_named_row_by_row(typesetter):
    rows = "|[a](https://b.c)|d|\n" * 201

    blocks = typesetter.typeset("|x|y|\n|-|-|\n" + rows).blocks

    assert blocks[0].startswith("x · y\n\n[a](https://b.c) · d\n\n[a]")


def test_an_address_that_is_defined_once_cannot_fill_gigabytes(typesetter):
    made = typesetter.typeset(f"[a]: https://b.c/{'d' * 900}\n\n" + "[a] e " * 15_000)

    assert len(made.html) < 1_000_000
    assert sum(map(len, made.blocks)) < 1_000_000


def test_what_is_nested_too_deep_is_shown_as_it_was_written(typesetter):
    (block,) = typesetter.typeset("> " * 40 + "word").blocks

    shown = show(block)

    assert shown.text.count(">") == 39
    assert shown.text.endswith("word")


@pytest.mark.parametrize(
    "text",
    [
        "@everyone", "@here", "<@1>", "<@!1>", "<@&1>", "<#1>", "</cmd:1>", "<id:guide>",
        "<t:1:R>", "<:name:1>", "<a:name:1>", "**@**everyone", "<**@1>**", "@<b>everyone</b>",
        "[@everyone](https://a.b)", "`@everyone`", "```\n<@1> @here\n```", "https://a.b/@everyone",
        "<https://a.b/@here>", "|@here|a|\n|-|-|\n|<@1>|b|", "![@everyone](a)", "# <@&1>",
        "@\u200beveryone", "@\u202eeveryone", "<\x00@1>", "@&#8203;everyone",
        "@&ZeroWidthSpace;here",
        "\\@everyone", "\\<@1>", "a@everyone", "@@everyone", "<<@1>>", "@\\everyone",
    ],
)  # fmt: skip
def test_no_mention_is_armed(typesetter, text):
    made = typesetter.typeset(text)

    for block in made.blocks:
        assert not show(block).kinds & MENTIONS
        assert "@everyone" not in block
        assert "@here" not in block
        assert "<@" not in block
        assert "<#" not in block
