"""Reading HTML: what Patreon's posts hold becomes the same tree as Markdown."""

from collections import Counter

from markup.builder import MOST_NESTING
from markup.html_inline import InlineReader
from markup.html_table import HtmlTable
from markup.nodes import Blocks, Rule
from markup.tags import Tag, pieces_of

LONGEST_HTML = 1_000_000
"""Characters that are read; what is behind them is shown as an ellipsis."""

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset({"ul", "ol"})
_CONTAINERS = _LISTS | {"li", "blockquote"}
_TABLE = frozenset({"table", "tr", "td", "th"})
_PARAGRAPHS = frozenset(
    [
        "address",
        "article",
        "aside",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hgroup",
        "html",
        "main",
        "nav",
        "p",
        "section",
        "summary",
        "tbody",
        "tfoot",
        "thead",
    ]
)


def read_html(source: str) -> Blocks:
    """Read a post's HTML, well-formed or not.

    Tags that say nothing about looks are passed over and what they hold is kept; what is embedded
    becomes a link. White space counts as it does in a browser.
    """
    reader = _Reader()
    for piece in pieces_of(source[:LONGEST_HTML]):
        reader.take(piece)
    if len(source) > LONGEST_HTML:
        reader.take(Tag("p"))
        reader.take("…")
    return reader.finish()


class _Reader(InlineReader):
    """Turns tags into calls of the builder, and forgives those that do not match."""

    def __init__(self) -> None:
        super().__init__()
        self._containers: list[str] = []
        self._ignored: Counter[str] = Counter()
        self._heading: int | None = None
        self._too_deep = False
        self._raw: list[str] | None = None
        self._table: HtmlTable | None = None

    def take(self, piece: str | Tag) -> None:
        """Read the next piece."""
        if self._raw is not None:
            self._in_preformatted(self._raw, piece)
        elif isinstance(piece, str):
            self.text(piece)
        elif self.takes(piece):
            pass
        elif self._table is not None:
            self._in_table(self._table, piece)
        elif piece.is_end:
            self._end(piece.name)
        else:
            self._start(piece)

    def finish(self) -> Blocks:
        """Read what was left open as if it had been closed, and give the tree."""
        if self._raw is not None:
            self._in_preformatted(self._raw, Tag("pre", is_end=True))
        if self._table is not None:
            self._end_table(self._table)
        self._end_text()
        return self.builder.finish()

    def _start(self, tag: Tag) -> None:
        if tag.name in _CONTAINERS:
            self._open(tag)
        elif tag.name in _HEADINGS or tag.name in _PARAGRAPHS:
            self._end_text()
            if tag.name in _HEADINGS or tag.name == "p":
                self._heading = _HEADINGS.get(tag.name)
        elif tag.name in {"hr", "pre", "table"}:
            self._begin_block()
            if tag.name == "hr":
                self.builder.add(Rule())
            elif tag.name == "pre":
                self._raw = []
            else:
                self._table = HtmlTable()

    def _end(self, name: str) -> None:
        if name in _CONTAINERS:
            self._close(name)
        elif name in _HEADINGS or name in _PARAGRAPHS:
            self._end_text()
            self._heading = None if name in _HEADINGS else self._heading

    def _open(self, tag: Tag) -> None:
        self._end_text()
        if tag.name == "li" and self._containers[-1:] == ["li"]:
            self._close("li")
        if self.builder.depth >= MOST_NESTING:
            self._ignored[tag.name] += 1
            self._too_deep = True
        elif tag.name == "li":
            if not self._is_in_list:
                self._push("ul")
            self._push("li")
        else:
            self._begin_block()
            self._push(tag.name, tag.attributes.get("start", ""))

    def _push(self, name: str, start: str = "") -> None:
        self._containers.append(name)
        if name == "li":
            self.builder.open_item()
        elif name == "blockquote":
            self.builder.open_quote()
        else:
            self.builder.open_list(_number(start) if name == "ol" else None)

    def _close(self, name: str) -> None:
        self._end_text()
        if self._ignored[name]:
            self._ignored[name] -= 1
        elif name in self._containers:
            while self._containers.pop() != name:
                self.builder.close()
            self.builder.close()

    @property
    def _is_in_list(self) -> bool:
        return self._containers[-1:] in (["ul"], ["ol"])

    def _begin_block(self) -> None:
        """End the text, and begin an item where a list holds something else."""
        self._end_text()
        if self._is_in_list:
            self._push("li")

    def _end_text(self) -> None:
        self.after_space = True
        is_stray = self._is_in_list and not self.builder.is_empty
        if is_stray:
            self.builder.open_item()
        self.builder.close_text(heading=self._heading, too_deep=self._too_deep)
        if is_stray:
            self.builder.close()
        self._too_deep = False

    def _in_preformatted(self, raw: list[str], piece: str | Tag) -> None:
        if isinstance(piece, str):
            raw.append(piece)
        elif piece.name == "br":
            raw.append("\n")
        elif piece.name == "pre" and piece.is_end:
            self._raw = None
            self.builder.add_code("".join(raw))

    def _in_table(self, table: HtmlTable, tag: Tag) -> None:
        if tag.name not in _TABLE:
            self.space()
            return
        if tag.name == "table":
            table.depth += -1 if tag.is_end else 1
        table.end_cell(self.builder.take_runs())
        self.after_space = True
        if table.depth == 0:
            self._end_table(table)
        elif not tag.is_end:
            table.begin(tag.name)

    def _end_table(self, table: HtmlTable) -> None:
        table.end_cell(self.builder.take_runs())
        self._table = None
        self.builder.add_table(table.rows, has_header=table.has_header)


def _number(start: str) -> int:
    """Read a list's first number; what is no small one counts as 1."""
    return int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 1
