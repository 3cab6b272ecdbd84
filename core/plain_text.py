"""Clean HTML in plain text, for places that take nothing else."""

import re
from html.parser import HTMLParser

_SPACES = re.compile(r"[ \t\r\n]+")
_BLOCKS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "hr", "table", "tr"}
)
_LISTS = frozenset({"ul", "ol"})
_INDENT = "  "


def plain_text(html: str) -> str:
    """Write HTML as people would in plain text: paragraphs apart, lists marked, links in brackets.

    Never raises; elements that it does not know are left out, not what is in them.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._lists: list[int | None] = []
        self._links: list[tuple[str, int, int]] = []
        self._preformatted = 0
        self._prefix = ""

    def text(self) -> str:
        """Give what was read."""
        lines = [line.rstrip() for line in self._lines]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._new_line()
        elif tag == "li":
            self._begin_item()
        elif tag in _BLOCKS:
            self._begin_block(tag, dict(attrs))
        elif tag == "a":
            self._begin_link(dict(attrs).get("href") or "")
        if tag == "hr":
            self._write("* * *")
            self._paragraph()

    def handle_endtag(self, tag: str) -> None:
        if tag in _LISTS and self._lists:
            self._lists.pop()
        if tag == "pre":
            self._preformatted = max(self._preformatted - 1, 0)
        if tag in _BLOCKS:
            self._paragraph()
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())

    def handle_data(self, data: str) -> None:
        if self._preformatted:
            first, *others = data.split("\n")
            self._write(first)
            for line in others:
                self._new_line()
                self._write(line)
            return
        text = _SPACES.sub(" ", data)
        self._write(text if self._lines[-1].strip() else text.lstrip())

    def _begin_link(self, address: str) -> None:
        self._mark()
        self._links.append((address, len(self._lines) - 1, len(self._lines[-1])))

    def _end_link(self, address: str, line: int, column: int) -> None:
        shown = "\n".join(self._lines[line:])[column:].strip()
        if address and address.removeprefix("mailto:") != shown:
            self._write(f" ({address})" if shown else address)

    def _begin_block(self, tag: str, attributes: dict[str, str | None]) -> None:
        # A paragraph at the beginning of an item stands behind its mark.
        if not self._prefix:
            self._paragraph()
        if tag in _LISTS:
            start = attributes.get("start") or "1"
            first = int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 1
            self._lists.append(first if tag == "ol" else None)
        self._preformatted += tag == "pre"

    def _begin_item(self) -> None:
        if self._lines[-1].strip():
            self._new_line()
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        indent = _INDENT * max(len(self._lists) - 1, 0)
        self._prefix = indent + ("• " if number is None else f"{number}. ")

    def _write(self, text: str) -> None:
        if text:
            self._mark()
            self._lines[-1] += text

    def _mark(self) -> None:
        self._lines[-1] += self._prefix
        self._prefix = ""

    def _new_line(self) -> None:
        self._lines.append("")

    def _paragraph(self) -> None:
        if self._lists:
            if self._lines[-1].strip():
                self._new_line()
        elif self._lines[-1].strip() or len(self._lines) > 1:
            self._lines += ["", ""]
