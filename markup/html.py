"""Writing clean HTML: of elements and attributes only what Patreon's editor accepts.

Source: third-party converters for Patreon's editor, a ProseMirror that reads `text/html` by its
schema; lists were not seen in them.
"""

from html import escape
from itertools import groupby

from markup.nodes import (
    Block,
    Blocks,
    Code,
    Heading,
    Kind,
    Listing,
    Paragraph,
    Quote,
    Rule,
    Run,
    Runs,
    Style,
    Table,
)
from markup.tables import rows_of

_DEEPEST_HEADING = 3
_ELEMENTS = {Style.STRONG: "strong", Style.EMPHASIS: "em", Style.STRIKE: "s"}


def write_html(blocks: Blocks) -> str:
    """Write the tree with the elements p, h1 to h3, strong, em, s, a, blockquote, ul, ol, li, pre,
    code, br and hr; `a` has `href` and `rel`, nothing else has attributes.

    Pictures are left out: they are attached. Tables become lines.
    """
    return "\n".join(filter(None, (_block(block) for block in blocks)))


def _block(block: Block) -> str:
    match block:
        case Paragraph() | Heading() | Rule():
            return _line(block)
        case Code(text):
            return f"<pre><code>{escape(text)}</code></pre>"
        case Quote(blocks):
            return _element("blockquote", _blocks(blocks))
        case Listing(items, start):
            written = "".join(f"<li>{_item(item)}</li>" for item in items)
            return _element("ul" if start is None else "ol", written)
        case Table():
            return "".join(_element("p", _inline(row)) for row in rows_of(block))


def _line(block: Paragraph | Heading | Rule) -> str:
    match block:
        case Paragraph(runs):
            return _element("p", _inline(runs))
        case Heading(level, runs):
            return _element(f"h{min(level, _DEEPEST_HEADING)}", _inline(runs))
        case Rule():
            return "<hr>"


def _blocks(blocks: Blocks) -> str:
    return "".join(_block(block) for block in blocks)


def _item(blocks: Blocks) -> str:
    """Write an item; the text of a simple one stands in it without a paragraph."""
    match blocks:
        case (Paragraph(runs), *others) if all(isinstance(each, Listing) for each in others):
            return _inline(runs) + _blocks(blocks[1:])
        case _:
            return _blocks(blocks)


def _inline(runs: Runs) -> str:
    written: list[str] = []
    for link, group in groupby(runs, key=lambda run: run.link):
        content = "".join(_run(run) for run in group)
        if link is not None and link.url is not None:
            url = escape(link.url)
            content = content if content.strip() else url
            content = f'<a href="{url}" rel="noopener noreferrer nofollow">{content}</a>'
        written.append(content)
    return "".join(written)


def _run(run: Run) -> str:
    if run.kind is Kind.PICTURE:
        return ""
    content = escape(run.text, quote=False).replace("\n", "<br>")
    if run.kind is Kind.CODE:
        content = f"<code>{content}</code>"
    for style, name in _ELEMENTS.items():
        if style in run.style:
            content = f"<{name}>{content}</{name}>"
    return content


def _element(name: str, content: str) -> str:
    content = content.strip()
    return f"<{name}>{content}</{name}>" if content else ""
