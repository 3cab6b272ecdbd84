"""What typesetting makes of a body: the port to the Markdown parser."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Remark(StrEnum):
    """Something that a target cannot show as it was written, or that looks like a mistake."""

    TABLE = "table"
    IMAGE = "image"
    DEEP_HEADING = "deep_heading"
    HTML = "html"
    RULE = "rule"
    BROKEN_LINK = "broken_link"
    UNKNOWN_MENTION = "unknown_mention"
    TOO_DEEP = "too_deep"
    TOO_MUCH = "too_much"


@dataclass(frozen=True, slots=True)
class Finding:
    """A remark about one place: `detail` quotes it, plain and short."""

    remark: Remark
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typeset:
    """A body in both dialects.

    `blocks` are Discord's Markdown, one a paragraph, list, quote or code block; each is whole by
    itself and at most 1,500 characters long, and no mention in it is armed. `html` is clean: of
    elements and attributes only what Patreon's editor accepts. `findings` come in the text's order.
    """

    blocks: tuple[str, ...]
    html: str
    findings: tuple[Finding, ...] = ()


class Typesetter(Protocol):
    """Turns Markdown, or Patreon's HTML, into what the targets show; never raises."""

    def typeset(self, markdown: str) -> Typeset:
        """Parse a body once and write it in both dialects."""
        ...

    def from_html(self, html: str) -> Typeset:
        """Read the HTML of a post as Patreon gives it."""
        ...
