"""The Markdown parser: markdown-it, set up for what creators write."""

from collections.abc import Callable
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, getLine, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from markup.builder import MOST_NESTING
from markup.urls import LONGEST_URL, bare_url, sound_url

TOO_DEEP = "too_deep"
"""Marks, in a token's `meta`, a paragraph whose own markup was not followed."""

TOO_MUCH = "too_much"
"""Marks, in a token's `meta`, text behind so much markup that its own was not followed."""

MOST_TOKENS = 30_000
"""Tokens of blocks: about six thousand items, or ten thousand paragraphs or cells of tables.

The lines behind them are taken as they were typed. No post has so many, and each takes its time.
"""

MOST_MARKS = 20_000
"""Signs in paragraphs, headings and cells that may be markup, line breaks among them."""

Parse = Callable[[str], list[Token]]

_MOST_INLINE_NESTING = 20
_SCHEMES = ("https", "http")
_DESCRIPTIONS = "descriptions"


def make_parser() -> Parse:
    """Set up CommonMark with tables, strikethrough and bare addresses, for any number of bodies.

    HTML is found and handed out as such, piece by piece; it never hides the Markdown around it.
    """
    parser = _Parser("commonmark", {"maxNesting": _MOST_INLINE_NESTING})
    inline = _Inline()
    inline.ruler, inline.ruler2 = parser.inline.ruler, parser.inline.ruler2
    parser.inline = inline
    parser.enable(["table", "strikethrough"]).disable(["html_block", "autolink"])
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    ends = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("table", TOO_MUCH, _too_much, {"alt": ends})
    parser.block.ruler.before(TOO_MUCH, TOO_DEEP, _too_deep)
    parser.core.ruler.at("inline", _inline)
    parser.inline.ruler.before("newline", "address", _address)
    return parser.parse


class _Parser(MarkdownIt):
    """Keeps every address as it was written: `sound_url` judges it later."""

    def validateLink(self, url: str) -> bool:  # noqa: N802  the library's name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802  the library's name
        return url


class _Inline(ParserInline):
    """Does not look for markup in the description of a picture in a picture's description."""

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        depth: int = env.get(_DESCRIPTIONS, 0)
        if depth > 1:
            tokens.append(Token("text", "", 0, content=src))
            return tokens
        env[_DESCRIPTIONS] = depth + 1
        try:
            return super().parse(src, md, env, tokens)
        finally:
            env[_DESCRIPTIONS] = depth


def _too_deep(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Take what is nested too deep as plain lines: the library would leave it out."""
    if silent or state.level < MOST_NESTING:
        return False
    after = line + 1
    while after < end and not state.isEmpty(after) and state.sCount[after] >= state.blkIndent:
        after += 1
    _take_lines(state, line, after, TOO_DEEP)
    return True


def _too_much(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """End every block, and take what is left as plain lines, once there are `MOST_TOKENS`."""
    if len(state.tokens) < MOST_TOKENS:
        return False
    if not silent:
        _take_lines(state, line, end, TOO_MUCH)
    return True


def _take_lines(state: StateBlock, line: int, after: int, reason: str) -> None:
    state.line = after
    opening = state.push("paragraph_open", "p", 1)
    opening.meta[reason] = True
    text = state.push("inline", "", 0)
    text.content = state.getLines(line, after, state.blkIndent, False).strip()
    text.children = []
    state.push("paragraph_close", "p", -1)


def _inline(state: StateCore) -> None:
    """Look for markup in all texts, until `MOST_MARKS` were looked at."""
    left = MOST_MARKS
    signs = state.md.inline.terminator_re
    for before, token in pairwise(state.tokens):
        if token.type != "inline":
            continue
        left -= len(signs.findall(token.content))
        token.children = []
        if left < 0 or TOO_MUCH in before.meta:
            before.meta[TOO_MUCH] = True
            token.children.append(Token("text", "", 0, content=token.content))
        else:
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def _table(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Recognise a table; what a row has beyond the header's columns joins its last cell.

    The library leaves it out, as GitHub does.
    """
    known = len(state.tokens)
    if not table(state, line, end, silent):
        return False
    row, columns = line, 0
    for index in range(known, len(state.tokens)):
        token = state.tokens[index]
        if token.type == "tr_open" and token.map:
            row, columns = token.map[0], 0
        elif token.type == "td_open":
            columns += 1
        elif token.type == "tr_close" and columns:
            beyond = _cells(getLine(state, row), columns)[columns:]
            last = state.tokens[index - 2]
            last.content = " | ".join(filter(None, [last.content, *map(str.strip, beyond)]))
    return True


def _cells(line: str, columns: int) -> list[str]:
    """Part a row that may have more than so many cells."""
    line = line.strip()
    if line.count("|") < columns:
        return []
    cells = escapedSplit(line)
    return cells[0 if cells[0] else 1 : len(cells) if cells[-1] else -1]


def _address(state: StateInline, silent: bool) -> bool:
    """Recognise `<https://…>` and `https://…` before anything in it is taken for markup."""
    if state.src[state.pos] == "<":
        return _bracketed_address(state, silent)
    if silent or state.linkLevel > 0 or not state.src.startswith("://", state.pos):
        return False
    behind = state.pending[-6:].lower()
    scheme = next((each for each in _SCHEMES if behind.endswith(each)), None)
    if scheme is None or behind[: -len(scheme)][-1:].isalnum():
        return False
    url = bare_url(state.src, state.pos - len(scheme), state.posMax)
    if url is None:
        return False
    state.pending = state.pending[: -len(scheme)]
    _push_link(state, url)
    state.pos += len(url) - len(scheme)
    return True


def _bracketed_address(state: StateInline, silent: bool) -> bool:
    start = state.pos + 1
    if state.linkLevel > 0 or not state.src.startswith(_SCHEMES, start):
        return False
    end = state.src.find(">", start, min(state.posMax, start + LONGEST_URL + 1))
    if end < 0:
        return False
    url = state.src[start:end]
    if "<" in url or " " in url or "\n" in url or sound_url(url) is None:
        return False
    if not silent:
        _push_link(state, url)
    state.pos = end + 1
    return True


def _push_link(state: StateInline, url: str) -> None:
    opening = state.push("link_open", "a", 1)
    opening.attrs = {"href": url}
    text = state.push("text", "", 0)
    text.content = url
    state.push("link_close", "a", -1)
