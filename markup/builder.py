"""Building a tree from what a reader comes across, in the text's order."""

from dataclasses import dataclass, field
from enum import Enum, auto

from markup.clean import clean
from markup.nodes import (
    Block,
    Blocks,
    Code,
    Heading,
    Kind,
    Link,
    Listing,
    Paragraph,
    Quote,
    Run,
    Runs,
    Style,
    Table,
)
from markup.urls import sound_url

MOST_NESTING = 16
"""Quotes, lists and items inside one another; a list and its item count as two."""

MOST_LINKED = 250_000
"""Characters of all addresses of a body; one that is defined once may be linked to very often."""


class _Shape(Enum):
    BODY = auto()
    QUOTE = auto()
    LIST = auto()
    ITEM = auto()


@dataclass(slots=True)
class _Open:
    """A block that is not closed yet, with what it holds so far."""

    shape: _Shape
    start: int | None = None
    blocks: list[Block] = field(default_factory=list)
    items: list[Blocks] = field(default_factory=list)


@dataclass(slots=True)
class _Text:
    """Text of one look, still in pieces."""

    pieces: list[str]
    kind: Kind
    style: Style
    link: Link | None

    def continues(self, kind: Kind, style: Style, link: Link | None) -> bool:
        return self.kind is kind is Kind.TEXT and self.style == style and self.link is link


class Builder:
    """Takes text and markup piece by piece; whatever comes, a tree comes out.

    Readers keep to `MOST_NESTING`: `depth` says how many blocks are open.
    """

    def __init__(self) -> None:
        self._open = [_Open(_Shape.BODY)]
        self._texts: list[_Text] = []
        self._times_open = dict.fromkeys(Style, 0)
        self._style = Style.PLAIN
        self._link: Link | None = None
        self._link_shows = False
        self._room_for_links = MOST_LINKED

    @property
    def depth(self) -> int:
        """How many quotes, lists and items are open."""
        return len(self._open) - 1

    @property
    def is_empty(self) -> bool:
        """Whether no text came since the last block."""
        return not self._texts

    @property
    def in_link(self) -> bool:
        """Whether text is part of a link now."""
        return self._link is not None

    def text(self, text: str, kind: Kind = Kind.TEXT) -> None:
        """Add text in the styles that are open; in code, a newline is a space."""
        text = clean(text)
        if kind is not Kind.TEXT:
            text = text.replace("\n", " ")
        if not text:
            return
        self._link_shows = True
        if self._texts and self._texts[-1].continues(kind, self._style, self._link):
            self._texts[-1].pieces.append(text)
        else:
            self._texts.append(_Text([text], kind, self._style, self._link))

    def open_style(self, style: Style) -> None:
        """Begin a style; the same one may be open more than once."""
        self._times_open[style] += 1
        self._style |= style

    def close_style(self, style: Style) -> None:
        """End a style, if it is open."""
        self._times_open[style] = max(0, self._times_open[style] - 1)
        if not self._times_open[style]:
            self._style &= ~style

    def open_link(self, written: str) -> None:
        """Begin a link, and end the one before it."""
        self.close_link()
        self._room_for_links -= len(written)
        self._link = Link(clean(written), sound_url(written) if self._room_for_links > 0 else None)
        self._link_shows = False

    def close_link(self) -> None:
        """End the link, if there is one; one without text shows its address."""
        if self._link is not None and self._link.url is not None and not self._link_shows:
            self.text(self._link.url)
        self._link = None

    def take_runs(self) -> Runs:
        """Hand out the text since the last block."""
        texts, self._texts = self._texts, []
        return tuple(Run("".join(t.pieces), t.kind, t.style, t.link) for t in texts)

    def close_text(
        self, *, heading: int | None = None, too_deep: bool = False, too_much: bool = False
    ) -> None:
        """Make a paragraph or a heading of the text since the last block, if it shows anything."""
        runs = self.take_runs()
        if not any(run.text.strip() for run in runs):
            return
        if heading:
            self.add(Heading(heading, runs, too_much))
        else:
            self.add(Paragraph(runs, too_deep, too_much))

    def add(self, block: Block) -> None:
        """Put a block where it belongs: into the innermost open one."""
        self._open[-1].blocks.append(block)

    def add_code(self, text: str, language: str = "") -> None:
        """Put a block of code, if it shows anything."""
        code = clean(text).strip("\n")
        if code.strip():
            self.add(Code(code, clean(language).strip()))

    def add_table(
        self, rows: list[list[Runs]], *, has_header: bool, too_much: bool = False
    ) -> None:
        """Put a table; its first row may be the header."""
        cells = [tuple(row) for row in rows if row]
        header = cells.pop(0) if has_header and cells else ()
        if header or cells:
            self.add(Table(header, tuple(cells), too_much))

    def open_quote(self) -> None:
        """Begin a quote."""
        self._open.append(_Open(_Shape.QUOTE))

    def open_list(self, start: int | None) -> None:
        """Begin a list, of items only; `start` is its first number, None without numbers."""
        self._open.append(_Open(_Shape.LIST, start))

    def open_item(self) -> None:
        """Begin an item of the innermost open list."""
        self._open.append(_Open(_Shape.ITEM))

    def close(self) -> None:
        """End the innermost open block; one that holds nothing is left out, but for items."""
        closed = self._open.pop()
        blocks = tuple(closed.blocks)
        holder = self._open[-1]
        if closed.shape is _Shape.ITEM:
            holder.items.append(blocks)
        elif closed.shape is _Shape.QUOTE and blocks:
            holder.blocks.append(Quote(blocks))
        elif closed.shape is _Shape.LIST and closed.items:
            holder.blocks.append(Listing(tuple(closed.items), closed.start))

    def finish(self) -> Blocks:
        """End everything that is open and hand out the tree."""
        self.close_text()
        while self.depth:
            self.close()
        return tuple(self._open[0].blocks)
