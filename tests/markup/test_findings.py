import pytest

from core.typesetting import Finding, Remark


@pytest.mark.parametrize(
    ("markdown", "findings"),
    [
        ("# a\n\n- b\n\n> c **d** `<b>` [e](https://f.g) me@h.i", []),
        ("|a|b|\n|-|-|", [(Remark.TABLE, "a | b")]),
        ("![a](b)", [(Remark.IMAGE, "a")]),
        ("![](b)", [(Remark.IMAGE, "picture")]),
        ("#### a *b*", [(Remark.DEEP_HEADING, "a b")]),
        ("a <b>c</b>", [(Remark.HTML, "<b>"), (Remark.HTML, "</b>")]),
        ("---", [(Remark.RULE, "───")]),
        ("[a](b.c)", [(Remark.BROKEN_LINK, "b.c")]),
        ("[a](mailto:b@c.d)", [(Remark.BROKEN_LINK, "mailto:b@c.d")]),
        ("[a](http://b c)", [(Remark.BROKEN_LINK, "[a](")]),
        ("[a]()", [(Remark.BROKEN_LINK, "a")]),
        (f"[a](https://b.c/{'d' * 1_000})", [(Remark.BROKEN_LINK, f"https://b.c/{'d' * 47}…")]),
        ("[a] (https://b.c)", []),
        ("@everyone", [(Remark.UNKNOWN_MENTION, "@everyone")]),
        ("@Ada, hi", [(Remark.UNKNOWN_MENTION, "@Ada")]),
        ("<@1> <@&2> <#3>", [(Remark.UNKNOWN_MENTION, each) for each in ("<@1>", "<@&2>", "<#3>")]),
        ("<:a:1> <t:2:R>", [(Remark.UNKNOWN_MENTION, each) for each in ("<:a:1>", "<t:2:R>")]),
        (
            "</cmd sub:1> <id:guide>",
            [(Remark.UNKNOWN_MENTION, each) for each in ("</cmd sub:1>", "<id:guide>")],
        ),
        ("https://a.b/@c <https://d.e/@f>", []),
        ("[@here](https://a.b)", [(Remark.UNKNOWN_MENTION, "@here")]),
        ("`@everyone` \n\n    <@1>", []),
        ("> > a", [(Remark.TOO_DEEP, "quote in a quote")]),
        ("- " * 9 + "word", [(Remark.TOO_DEEP, "- word")]),
        ("---\n\n![a](b)\n\n---", [(Remark.RULE, "───"), (Remark.IMAGE, "a")]),
        (
            "- @a1\n- > <b>\n\n# @a2",
            [
                (Remark.UNKNOWN_MENTION, "@a1"),
                (Remark.HTML, "<b>"),
                (Remark.UNKNOWN_MENTION, "@a2"),
            ],
        ),
    ],
)
def test_what_a_target_shows_otherwise_is_remarked(typesetter, markdown, findings):
    assert list(typesetter.typeset(markdown).findings) == [Finding(*each) for each in findings]


def test_findings_are_few_and_short(typesetter):
    made = typesetter.typeset(
        "\n".join(f"![{'long ' * 100}{n}\u202e](x)<b{n}>" for n in range(500))
    )

    assert len(made.findings) == 50
    assert all(len(each.detail) <= 60 and "\u202e" not in each.detail for each in made.findings)


def test_a_parser_that_fails_costs_the_looks_and_not_the_words(caplog):
    from markup.from_markdown import read_markdown
    from markup.nodes import Paragraph, Run

    def parse(_):
        raise RecursionError

    assert read_markdown("# a\n\n*b*", parse) == (
        Paragraph((Run("# a"),), too_deep=True),
        Paragraph((Run("*b*"),), too_deep=True),
    )
    assert caplog.messages == ["markdown could not be parsed"]
