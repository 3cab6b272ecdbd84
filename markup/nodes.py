"""A body as a tree: blocks that hold runs of text, whatever it was written in."""

from dataclasses import dataclass, field
from enum import Enum, IntFlag, auto


class Style(IntFlag):
    """How a run looks; styles add up."""

    PLAIN = 0
    UNDERLINE = auto()
    STRIKE = auto()
    STRONG = auto()
    EMPHASIS = auto()


class Kind(Enum):
    """What a run is: words, code, a picture's description, or HTML that is shown as text."""

    TEXT = auto()
    CODE = auto()
    PICTURE = auto()
    HTML = auto()


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """One link of the text; `url` is None when the targets must not link to what was written."""

    written: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one look. It is clean (`markup.clean`); a newline in it breaks the line."""

    text: str
    kind: Kind = Kind.TEXT
    style: Style = Style.PLAIN
    link: Link | None = None


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of text. `too_deep` says that markup in it was not followed any further.

    So does `too_much`, of blocks of every kind: there was so much markup before it.
    """

    runs: Runs
    too_deep: bool = False
    too_much: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 6."""

    level: int
    runs: Runs
    too_much: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of code in a language, which may be empty."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """Blocks of somebody else's."""

    blocks: "Blocks"


@dataclass(frozen=True, slots=True)
class Listing:
    """Items, each of blocks; `start` is the first one's number, None without numbers."""

    items: tuple["Blocks", ...]
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a header, which may be empty."""

    header: tuple[Runs, ...] = ()
    rows: tuple[tuple[Runs, ...], ...] = field(default=())
    too_much: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


Block = Paragraph | Heading | Code | Quote | Listing | Table | Rule
Blocks = tuple[Block, ...]


def text_of(runs: Runs) -> str:
    """Give the words alone, on one line with single spaces."""
    return " ".join("".join(run.text for run in runs).split())
