"""Bodies that are built to take long: 100 kB of each, in seconds even on a busy machine."""

import pytest

from markup.discord_packing import LONGEST_BLOCK, units

LENGTH = 100_000
REPEATED = [
    *("[", "]", "![", "[](", "[a](", "[[]", "[a][", "[a]: b\n", '[a](b "', "([)", "**["),
    *("<", "<b>", "</b>", "<b", "<!--", "<![CDATA[", "<?", "<a b='", "&", "&#", "&lt", "<http:"),
    *(">", "> ", ">\n", "> > a\n", "- ", "- a\n", "- > ", "1. ", "10. a\n   ", "# ", "#\n"),
    *("`", "``a`", "```\n", "> ```\n", "\\`", "*", "*a", "*a_", "a**b", "*a **a ", "~~a", "_ _"),
    *("|", "a|b\n", "a|a\n-|-\n", "a\n-\n", "\n", " \n", "\t", "\\", "a\\\n", "\xa0", "\u2028"),
    *("http://", "http://@", "https://a)", "https://a.b/ ", "@everyone", "<@1>", ":a:", "||"),
    *("a", "a ", "a. ", "🎉", "\u0301", "\u200d", "👨\u200d", "\u202e", "\x00", "<a href=x>"),
    *("<blockquote>", "<ul><li>", "<table><tr><td>", "<style>", "<a x='1' ", "<pre>"),
]
BUILT = {
    "brackets": "[" * 50_000 + "](http://a.b)" * 4_000,
    "pictures": "![" * 20_000 + "](a)" * 20_000,
    "stars": "*" * 50_000 + "a" + "*" * 50_000,
    "backticks": "".join("`" * length + "a" for length in range(440)),
    "quotes": "\n".join(">" * (line % 200) + "a" for line in range(1_000)),
    "lists": "\n".join(" " * (2 * line) + "- a" for line in range(300)),
    "table": "|a" * 5_000 + "\n" + "|-" * 5_000 + "\n" + "|b\n" * 20_000,
    "headers": f"|{'a' * 9_000}|b|\n|-|-|\n" + "|x|[y](http://z.a)|\n" * 4_000,
    "references": "".join(f"[r{n}]: http://a/{n}\n" for n in range(4_000)) + "[r1]" * 5_000,
    "reference": f"[a]: http://a.b/{'c' * 900}\n\n" + "[a] " * 20_000,
    "number": "&#" + "9" * 90_000 + ";",
    "attributes": "<a " + "x=y " * 25_000 + ">",
    "quoted attribute": "<a href='" * 10_000 + ">",
    "unclosed attribute": "<a x='1' " * 10_000 + "y='>",
    "label": f"[{'*a* ' * 20_000}](http://a.b)",
    "addresses": ("http://a.b/" + ")" * 900 + " ") * 100,
    "hosts": ("http://" + "ä." * 200 + " ") * 200,
    "item": "<ul><li>" + "<p>a" * 150_000,
    "closed": "<b>" * 10_000 + "<ul>" * 5_000 + "</ul>" * 5_000 + "</b>" * 10_000,
}
BODIES = [*((LENGTH // len(each) * each) for each in REPEATED), *BUILT.values()]
NAMES = [*map(ascii, REPEATED), *BUILT]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("read", ["typeset", "from_html"])
@pytest.mark.parametrize("body", BODIES, ids=NAMES)
def test_what_is_built_to_take_long_does_not(typesetter, body, read):
    made = getattr(typesetter, read)(body)

    assert all(units(block) <= LONGEST_BLOCK for block in made.blocks)
    assert len(made.html) + sum(map(len, made.blocks)) < 40 * len(body)
