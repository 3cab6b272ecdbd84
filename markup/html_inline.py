"""Reading HTML within a line: text, looks, links and pictures."""

import re

from markup.builder import Builder
from markup.nodes import Kind, Style
from markup.tags import Tag
from markup.urls import bare_url, sound_url

_STYLES = {
    **dict.fromkeys(("b", "strong"), Style.STRONG),
    **dict.fromkeys(("i", "em", "cite"), Style.EMPHASIS),
    **dict.fromkeys(("u", "ins"), Style.UNDERLINE),
    **dict.fromkeys(("s", "strike", "del"), Style.STRIKE),
}
_CODE = frozenset({"code", "kbd", "samp", "tt"})
_EMBEDDED = frozenset({"iframe", "embed", "video", "audio", "object"})
_SPACES = re.compile(r"[ \t\n\r\f\xa0]+")
_SCHEME = re.compile(r"\bhttps?://", re.IGNORECASE)


class InlineReader:
    """Turns what stands within a line into calls of the builder."""

    def __init__(self) -> None:
        self.builder = Builder()
        self.after_space = True
        self._codes = 0

    def text(self, text: str) -> None:
        """Add text with its white space collapsed; addresses in it become links."""
        text = _SPACES.sub(" ", text)
        if self.after_space:
            text = text.removeprefix(" ")
        if not text:
            return
        self.after_space = text.endswith(" ")
        if self._codes:
            self.builder.text(text, Kind.CODE)
        elif self.builder.in_link:
            self.builder.text(text)
        else:
            self._text_with_addresses(text)

    def space(self) -> None:
        """Keep the words on either side of a tag apart."""
        self.text(" ")

    def takes(self, tag: Tag) -> bool:
        """Take a tag that says how text looks; False when it does not."""
        if tag.name in _STYLES:
            change = self.builder.close_style if tag.is_end else self.builder.open_style
            change(_STYLES[tag.name])
        elif tag.name in _CODE:
            self._codes = max(0, self._codes + (-1 if tag.is_end else 1))
        elif tag.name == "a":
            self.builder.close_link()
            if "href" in tag.attributes:
                self.builder.open_link(tag.attributes["href"])
        elif tag.name == "br":
            self.builder.text("\n")
            self.after_space = True
        elif tag.name == "img":
            self._show(" ".join(tag.attributes.get("alt", "").split()) or "picture", Kind.PICTURE)
        elif tag.name in _EMBEDDED:
            self._embedded(tag)
        else:
            return False
        return True

    def _text_with_addresses(self, text: str) -> None:
        position = 0
        while match := _SCHEME.search(text, position):
            url = bare_url(text, match.start(), len(text))
            self.builder.text(text[position : match.start()])
            position = match.end() if url is None else match.start() + len(url)
            if url is None:
                self.builder.text(match[0])
            else:
                self._linked(url)
        self.builder.text(text[position:])

    def _embedded(self, tag: Tag) -> None:
        address = tag.attributes.get("src") or tag.attributes.get("data") or ""
        if tag.is_end:
            return
        if not self.builder.in_link and sound_url(address):
            if not self.after_space:
                self.builder.text("\n")
            self._linked(address)
            self.after_space = False
        else:
            self._show(f"<{tag.name}>", Kind.HTML)

    def _show(self, text: str, kind: Kind) -> None:
        self.builder.text(text, kind)
        self.after_space = False

    def _linked(self, address: str) -> None:
        self.builder.open_link(address)
        self.builder.text(address)
        self.builder.close_link()
