import pytest

from tests.markup.html_reader import read_strictly

REL = 'rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("", ""),
        ("one\ntwo\n\nthree", "<p>one<br>two</p>\n<p>three</p>"),
        (
            "**b** *i* ~~s~~ `c`",
            "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>",
        ),
        ("***a** b*", "<p><em><strong>a</strong></em><em> b</em></p>"),
        ("# 1\n### 3\n#### 4\n###### 6", "<h1>1</h1>\n<h3>3</h3>\n<h3>4</h3>\n<h3>6</h3>"),
        ("- a\n- b\n  1. c", "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>"),
        ("- a\n\n  b", "<ul><li><p>a</p><p>b</p></li></ul>"),
        ("> a\n> > b", "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>"),
        ("```py\n<x>\n```", "<pre><code>&lt;x&gt;</code></pre>"),
        ("---", "<hr>"),
        ("[a](https://b.c/?d&e)", f'<p><a href="https://b.c/?d&amp;e" {REL}>a</a></p>'),
        ("[**a**](https://b.c)", f'<p><a href="https://b.c" {REL}><strong>a</strong></a></p>'),
        ("https://a.b/_c_", f'<p><a href="https://a.b/_c" {REL}>https://a.b/_c</a>_</p>'),
        ("[![a](b)](https://c.d)", f'<p><a href="https://c.d" {REL}>https://c.d</a></p>'),
        ("[a](javascript:b) [c](data:d) [e](/f)", "<p>a c e</p>"),
        ('[a](https://b.c/"onclick=d)', f'<p><a href="https://b.c/%22onclick=d" {REL}>a</a></p>'),
        ("![a](b)", ""),
        ("a ![b](c)", "<p>a</p>"),
        ("<b>a</b>", "<p>&lt;b&gt;a&lt;/b&gt;</p>"),
        ("<script>a</script>", "<p>&lt;script&gt;a&lt;/script&gt;</p>"),
        ("&lt;b&gt; & \"'", "<p>&lt;b&gt; &amp; \"'</p>"),
        (
            "|a|b|\n|-|-|\n|1|`2`|\n||**3**|",
            "<p><strong>a:</strong> 1<br><strong>b:</strong> <code>2</code></p>"
            "<p><strong>b:</strong> <strong>3</strong></p>",
        ),
        ("|a|\n|-|", "<p>a</p>"),
        ("@everyone <@1>", "<p>@everyone &lt;@1&gt;</p>"),
        ("a\u202eb\u0007c", "<p>abc</p>"),
    ],
)
def test_markdown_becomes_clean_html(typesetter, markdown, html):
    made = typesetter.typeset(markdown).html

    assert made == html
    read_strictly(made)
