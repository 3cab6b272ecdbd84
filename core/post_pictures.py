"""The pictures inside a post's HTML."""

from html.parser import HTMLParser

MOST_PICTURES = 100
"""Of one post; a longer gallery keeps its first ones."""


def pictures_in(content: str | None) -> tuple[str, ...]:
    """List the addresses of a post's pictures in their order, each once, just as they stand there.

    Whatever the HTML is, this ends and never raises. Pictures inside of comments, scripts and
    styles are none.
    """
    if not content or "<img" not in content.lower():
        return ()
    finder = _Finder()
    finder.feed(content)
    finder.close()
    return tuple(finder.found)


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "img" or len(self.found) >= MOST_PICTURES:
            return
        address = next((value for name, value in attrs if name == "src" and value), None)
        if address:
            self.found[address.strip()] = None
