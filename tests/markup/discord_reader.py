"""Reads Discord's Markdown as Discord's client does, to see what of it is markup.

The rules and their order follow the public `discord-markdown` parsers, which copy the client's.
They share nothing with the code that is tested.
"""

import re
from dataclasses import dataclass, field

MENTIONS = {"user", "channel", "role", "everyone", "emoji", "timestamp", "command", "guide"}

_AT_LINE_START = [
    ("quote", re.compile(r" *>>> ([\s\S]*)|( *> [^\n]*(?:\n *> [^\n]*)*\n?)")),
    ("heading", re.compile(r" *(#{1,3})(?:\s+)((?:\\[\s\S]|[^\n])+?)#*\s*(?:\n|$)")),
    ("small", re.compile(r" *-#(?:\s+)([^\n]+)(?:\n|$)")),
    ("item", re.compile(r" *(?:[*-]|\d{1,10}\.) +(?=\S)")),
]
_ANYWHERE = [
    (
        "code_block",
        re.compile(r"```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n][\s\S]*?)\n*```", re.IGNORECASE),
    ),
    ("escape", re.compile(r"\\([^0-9A-Za-z\s])")),
    ("guide", re.compile(r"<id:\w+>")),
    ("timestamp", re.compile(r"<t:-?\d{1,17}(?::[tTdDfFR])?>")),
    ("emoji", re.compile(r"<a?:\w{2,32}:\d+>|:[^\s:]+:")),
    ("command", re.compile(r"</[\w ]+:\d+>")),
    ("user", re.compile(r"<@!?\d+>")),
    ("role", re.compile(r"<@&\d+>")),
    ("channel", re.compile(r"<#\d+>")),
    ("everyone", re.compile(r"@everyone|@here")),
    ("autolink", re.compile(r"<([^: >]+:/[^ >]+)>")),
    ("url", re.compile(r"(?:https?|steam)://[^\s<]+[^<.,:;\"'\]\s]")),
    (
        "em",
        re.compile(
            r"\b_((?:__|\\[\s\S]|[^\\_])+?)_\b"
            r"|\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)"
        ),
    ),
    ("strong", re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)")),
    ("underline", re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)")),
    ("strike", re.compile(r"~~([\s\S]+?)~~(?!_)")),
    ("spoiler", re.compile(r"\|\|([\s\S]+?)\|\|")),
    ("code", re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")),
    (
        "link",
        re.compile(
            r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]"
            r"\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?(?:\s+['\"]([\s\S]*?)['\"])?\s*\)"
        ),
    ),
]


@dataclass
class Shown:
    """What a reader sees, what kinds of markup made it so, and where its links lead."""

    text: str = ""
    kinds: set[str] = field(default_factory=set)
    links: list[tuple[str, str]] = field(default_factory=list)
    styled: list[tuple[str, str]] = field(default_factory=list)

    def include(self, kind: str, inner: "Shown") -> None:
        self.text += inner.text
        self.kinds |= inner.kinds | {kind}
        self.links += inner.links
        self.styled += [(kind, inner.text), *inner.styled]


def show(source: str, *, in_quote: bool = False, at_start: bool = True) -> Shown:
    """Read `source`; zero-width spaces are dropped from the text, as nobody sees them."""
    shown = _read(source, in_quote=in_quote, at_start=at_start)
    shown.text = shown.text.replace("\u200b", "")
    return shown


def _read(source: str, *, in_quote: bool, at_start: bool) -> Shown:
    shown = Shown()
    position = 0
    while position < len(source):
        is_line_start = source[position - 1] == "\n" if position else at_start
        kind, match = _match(source, position, is_line_start, in_quote)
        if match is None:
            shown.text += source[position]
            position += 1
            continue
        _take(shown, kind, match, in_quote)
        position = match.end()
    return shown


def _match(source, position, is_line_start, in_quote):
    rules = _AT_LINE_START if is_line_start else []
    found = None
    for kind, pattern in [*rules, *_ANYWHERE]:
        if kind == "quote" and in_quote:
            continue
        match = pattern.match(source, position)
        if match is None or (kind == "link" and "://" in match[1]):
            continue
        if found and not (found[0] == "em" and kind == "strong"):
            break
        # Of emphasis and strong, the longer match wins, as in simple-markdown's quality.
        if found is None or match.end() > found[1].end():
            found = (kind, match)
        if kind != "em":
            break
    return found or ("", None)


def _take(shown, kind, match, in_quote):
    if kind == "escape":
        shown.text += match[1]
    elif kind == "quote":
        inner = match[1] or re.sub(r"(?m)^ *> ?", "", match[2])
        shown.include(kind, _read(inner, in_quote=True, at_start=True))
    elif kind == "heading":
        shown.include(kind + str(len(match[1])), _read(match[2], in_quote=in_quote, at_start=False))
        shown.text += "\n"
    elif kind in {"code", "code_block"}:
        shown.include(kind, Shown(match[2]))
    elif kind == "item":
        shown.kinds.add(kind)
        shown.text += match[0]
    elif kind == "link":
        label = _read(match[1], in_quote=in_quote, at_start=False)
        shown.links.append((label.text.replace("\u200b", ""), match[2]))
        shown.include(kind, label)
    elif kind in {"autolink", "url"}:
        url = match[1] if kind == "autolink" else match[0]
        shown.links.append((url, url))
        shown.include(kind, Shown(url))
    elif kind in {"em", "strong", "underline", "strike", "spoiler", "small"}:
        inner = next(group for group in match.groups() if group is not None)
        shown.include(kind, _read(inner, in_quote=in_quote, at_start=True))
    else:
        shown.include(kind, Shown(match[0]))
