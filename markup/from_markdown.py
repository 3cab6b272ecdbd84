"""Reading Markdown: markdown-it's tokens become the tree."""

import logging
from collections.abc import Iterable

from markdown_it.token import Token

from markup.builder import Builder
from markup.nodes import Blocks, Kind, Rule, Runs, Style
from markup.parser import TOO_DEEP, TOO_MUCH, Parse

log = logging.getLogger(__name__)

LONGEST_MARKDOWN = 200_000
"""Characters that are read; what is behind them is shown as an ellipsis."""

_STYLES = {"strong": Style.STRONG, "em": Style.EMPHASIS, "s": Style.STRIKE}


def read_markdown(markdown: str, parse: Parse) -> Blocks:
    """Read a body: CommonMark with tables, strikethrough and bare addresses; HTML is text.

    A line break in a paragraph stays one. Should the parser fail, the body is plain text.
    """
    markdown = markdown.replace("\0", "")
    if len(markdown) > LONGEST_MARKDOWN:
        markdown = markdown[:LONGEST_MARKDOWN] + "\n\n…"
    builder = Builder()
    try:
        tokens = parse(markdown)
    except Exception:  # nothing that somebody wrote may be lost over a library's mistake
        log.exception("markdown could not be parsed")
        for paragraph in markdown.split("\n\n"):
            builder.text(paragraph.strip("\n"))
            builder.close_text(too_deep=True)
        return builder.finish()
    _read_blocks(tokens, builder)
    return builder.finish()


def _read_blocks(tokens: Iterable[Token], builder: Builder) -> None:
    rows: list[list[Runs]] = []
    reasons: set[str] = set()
    for token in tokens:
        match token.type:
            case "inline":
                _read_inline(token.children or (), builder)
            case "paragraph_open" | "heading_open" | "table_open":
                reasons = set(token.meta)
            case "th_open" | "td_open":
                reasons |= token.meta.keys()
            case "paragraph_close" | "heading_close":
                builder.close_text(
                    heading=int(token.tag[1:]) if token.tag != "p" else None,
                    too_deep=TOO_DEEP in reasons,
                    too_much=TOO_MUCH in reasons,
                )
            case "tr_open":
                rows.append([])
            case "th_close" | "td_close":
                rows[-1].append(builder.take_runs())
            case "table_close":
                builder.add_table(rows, has_header=True, too_much=TOO_MUCH in reasons)
                rows = []
            case "fence" | "code_block":
                builder.add_code(token.content, token.info.strip().partition(" ")[0])
            case "hr":
                builder.add(Rule())
            case _:
                _read_container(token, builder)


def _read_container(token: Token, builder: Builder) -> None:
    match token.type:
        case "blockquote_open":
            builder.open_quote()
        case "bullet_list_open":
            builder.open_list(None)
        case "ordered_list_open":
            start = token.attrGet("start")
            builder.open_list(1 if start is None else int(start))
        case "list_item_open":
            builder.open_item()
        case "blockquote_close" | "bullet_list_close" | "ordered_list_close" | "list_item_close":
            builder.close()


def _read_inline(tokens: Iterable[Token], builder: Builder) -> None:
    for token in tokens:
        match token.type:
            case "text":
                builder.text(token.content)
            case "softbreak" | "hardbreak":
                builder.text("\n")
            case "code_inline":
                builder.text(token.content, Kind.CODE)
            case "html_inline":
                builder.text(token.content, Kind.HTML)
            case "image":
                builder.text(_alt(token) or "picture", Kind.PICTURE)
            case "link_open":
                builder.open_link(str(token.attrGet("href") or ""))
            case "link_close":
                builder.close_link()
            case _ if token.nesting:
                style = _STYLES[token.tag]
                (builder.open_style if token.nesting > 0 else builder.close_style)(style)
            case _:
                builder.text(token.content)


def _alt(image: Token) -> str:
    """Give the words of a picture's description, without those of pictures inside it."""
    return " ".join("".join(token.content for token in image.children or ()).split())
