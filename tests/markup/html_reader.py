"""Reads HTML strictly: what is not on the list or not closed in order is an error."""

from html.parser import HTMLParser

ALLOWED = {"p", "h1", "h2", "h3", "strong", "em", "s", "a", "blockquote"}
ALLOWED |= {"ul", "ol", "li", "pre", "code", "br", "hr"}
_VOID = {"br", "hr"}
_REL = "noopener noreferrer nofollow"


class StrictReader(HTMLParser):
    """Collects the text, with a newline for every break and block, and the links."""

    def __init__(self):
        super().__init__()
        self.text = ""
        self.links = []
        self.elements = []
        self._open = []

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED, tag
        self.elements.append(tag)
        if tag == "a":
            href, rel = attrs
            assert href[0] == "href"
            assert href[1].startswith(("http://", "https://"))
            assert rel == ("rel", _REL)
            assert "a" not in self._open
            self.links.append(href[1])
        else:
            assert not attrs
        if tag == "br":
            self.text += "\n"
        elif tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        raise AssertionError(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag
        if tag in {"p", "h1", "h2", "h3", "li", "pre"}:
            self.text += "\n"

    def handle_data(self, data):
        assert self._open or not data.strip(), data
        if self._open:
            self.text += data

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment

    def close(self):
        super().close()
        assert not self._open


def read_strictly(html):
    """Read clean HTML; an AssertionError says what is not clean."""
    reader = StrictReader()
    reader.feed(html)
    reader.close()
    return reader
