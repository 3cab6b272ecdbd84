import pytest

from core.typesetting import Finding, Remark
from tests.markup.html_reader import read_strictly

Z = "\u200b"


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("<p>a</p><p>b</p>", ("a", "b")),
        ("<p>a<br>b<br/>c</p>", ("a\nb\nc",)),
        ("<p>a<br><br><br><br>b</p>", ("a\n\nb",)),
        ("<p>&nbsp;</p><p> a \n  b&nbsp;&nbsp;c </p>", ("a b c",)),
        ("a &lt;b&gt; &amp;amp; &#42;&copy;", (f"a \\<{Z}b\\> &amp; \\*©",)),
        ("<b>a</b> <strong>b</strong> <i>c</i> <em>d</em>", ("**a** **b** *c* *d*",)),
        ("<u>a</u> <s>b</s> <del>c</del>", ("__a__ ~~b~~ ~~c~~",)),
        ("<em> a </em>b", ("*a* b",)),
        ("<b>a<i>b</b>c</i>", (f"**a**{Z}***b***{Z}*c*",)),
        ("</b></p></div>a", ("a",)),
        ("<p>a<p>b<div>c</div>d", ("a", "b", "c", "d")),
        ("<h1>a</h1><h2>b</h2><h5>c</h5>d", ("# a", "## b", "**c**", "d")),
        ("<code>a*b</code> <kbd>c</kbd>", ("`a*b` `c`",)),
        ("<pre><code>a\n  *b*<br>c</code></pre>", ("```\na\n  *b*\nc\n```",)),
        ("<code>a</code><code>b</code>", (f"`a`{Z}`b`",)),
        ("<pre>a", ("```\na\n```",)),
        ("<blockquote>a<p>b</p></blockquote>c", ("> a\n> \n> b", "c")),
        ("<ul><li>a</li><li>b<ol start=3><li>c</ol></ul>", ("- a\n- b\n  3. c",)),
        ("<ul><li>a<li>b</ul><li>c", ("- a\n- b", "- c")),
        ("<ul>\n<li>\n<p>a</p>\n</li>\n</ul>", ("- a",)),
        ("<ul>a<ul><li>b</ul></ul>", (f"- a\n- {Z}\n  - b",)),
        ("<ol start='9999999999'><li>a</ol>", ("1. a",)),
        ("<hr>", ("────────────",)),
        ("<a href='https://a.b'>c <b>d</b></a>", ("[c **d**](https://a.b)",)),
        ("<a href=https://a.b>c<a href='/d'>e</a>f", ("[c](https://a.b)ef",)),
        ("<a name='x'>a</a>", ("a",)),
        ("see https://a.b/_c_, or <i>http://d.e</i>", ("see <https://a.b/_c>\\_, or *<http://d.e>*",)),
        ("<a href='https://a.b'>https://a.b</a>", ("<https://a.b>",)),
        ("a<iframe src='https://v.w/x'></iframe>b", ("a\n<https://v.w/x>b",)),
        ("<video><source src=x>no video</video>", (f"\\<{Z}video\\>no video",)),
        ("<figure><img src='x' alt='a b'><figcaption>c</figcaption></figure>", ("🖼 a b", "c")),
        ("<p><img src='x'></p>", ("🖼 picture",)),
        ("<span style='x'>a</span><font>b</font><x-y>c</x-y>", ("abc",)),
        ("<!-- a --><!doctype html><?php b ?>c", ("c",)),
        ("<style>a</style><script>b</script>c", ("c",)),
        ("a < b > c <3 <", ("a \\< b \\> c \\<3 \\<" + Z,)),
        ("<b", (f"\\<{Z}b",)),
        (
            "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td><p>2<br>3</p></td></tr></table>",
            ("```\na  b\n-  ---\n1  2 3\n```",),
        ),
        ("<table><tr><td>a<td><a href=https://b.c>d</a></table>e", ("a · [d](https://b.c)", "e")),
        ("<table>a<tr>b<td>c<table><td>d</table></table>", ("```\na\nb  c  d\n```",)),
        ("@everyone <b>@</b>here &lt;@1&gt;", (f"@{Z}everyone **@{Z}**here \\<{Z}@{Z}1\\>",)),
        ("**a** # b [c](https://d.e)", ("\\*\\*a\\*\\* # b \\[c\\](<https://d.e>)",)),
    ],
)  # fmt: skip
def test_html_becomes_discords_dialect(typesetter, html, blocks):
    made = typesetter.from_html(html)

    assert made.blocks == blocks
    read_strictly(made.html)


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<br>b</p>",
        "<h1>a</h1>\n<h2>b</h2>",
        "<p><strong>a</strong> <em>b</em> <s>c</s> <code>d &lt;</code></p>",
        "<ul><li>a<ol><li>b</li></ol></li></ul>",
        "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>",
        "<pre><code>a\n  b</code></pre>\n<hr>",
        '<p><a href="https://a.b/?c&amp;d" rel="noopener noreferrer nofollow">e</a></p>',
    ],
)
def test_clean_html_stays_as_it_is(typesetter, html):
    assert typesetter.from_html(html).html == html


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='java\nscript:alert(1)'>x</a>",
        "<a href='&#106;avascript:alert(1)'>x</a>",
        "<a href=' https://a.b\" onclick=\"c'>x</a>",
        "<p onclick='x' style='y' class='z'>a</p>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<svg><a xlink:href='javascript:x'>y</a></svg>",
        "<iframe src='javascript:x'></iframe><iframe srcdoc='<b>'></iframe>",
        "<a href='https://a@b.c'>x</a><a href='//a.b'>y</a>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<p title='</p><script>x</script>'>a</p>",
        "<!--><script>x</script>-->",
    ],
)
def test_hostile_html_is_cleaned(typesetter, html):
    reader = read_strictly(typesetter.from_html(html).html)

    assert not reader.links or reader.links == ["https://a.b%22%20onclick=%22c"]


def test_html_that_never_ends_keeps_its_words(typesetter):
    made = typesetter.from_html("<ul><li><b>a<blockquote><a href='https://b.c'>d<table><td>e")

    assert all(word in "".join(made.blocks) for word in ("a", "d", "e"))


def test_containers_beyond_the_depth_keep_their_words_and_are_remarked(typesetter):
    made = typesetter.from_html("<blockquote>" * 100 + "word" + "</blockquote>" * 100 + "after")

    assert "word" in made.blocks[0]
    assert made.blocks[1] == "after"
    assert Finding(Remark.TOO_DEEP, "word") in made.findings


def test_a_text_of_a_million_characters_ends_with_an_ellipsis(typesetter):
    made = typesetter.from_html("<p>" + "word " * 250_000 + "</p>")

    assert made.blocks[-1] == "…"
