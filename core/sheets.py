"""Sheets: messages of a composed post, in Discord's own dialect."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from core.cards import Card

MOST_FILES = 10
LARGEST_FILE_BYTES = 10 * 1024 * 1024
LARGEST_REQUEST_BYTES = 25 * 1024 * 1024 - 256 * 1024
"""What one message may carry, less room for its text.

Source: docs.discord.com, "Uploading Files"; "Create Message", `files[n]`.
"""

LONGEST_SHEET = 4_096
"""Characters of a sheet's text. Source: docs.discord.com, "Embed Limits"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPicture:
    """A picture of a sheet, sent as a file: `digest` names it on the shelf.

    `size_bytes` is None in sheets of old.
    """

    digest: str
    name: str
    description: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForumEntry:
    """What a forum wants of a new post: a plain title and up to five tags."""

    title: str
    tag_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One message of a post.

    `title` is plain. `text` is Discord's Markdown as the typesetter made it, mentions disarmed:
    it is shown as it stands. `link` is a button to the whole, `url` what the title leads to.
    `role_ids` are pinged when the sheet is first sent, never by an edit. `marker` is as a card's.
    """

    marker: str
    title: str
    text: str
    at: datetime
    url: str | None = None
    link: str | None = None
    footer: str | None = None
    pictures: tuple[SheetPicture, ...] = ()
    role_ids: tuple[int, ...] = ()
    crosspost: bool = False
    forum: ForumEntry | None = None

    def to_json(self) -> str:
        """Write the sheet for the database."""
        return '{"sheet":' + _ADAPTER.dump_json(self).decode() + "}"


_ADAPTER = TypeAdapter(Sheet)
_SHEET = '{"sheet":'

Showable = Card | Sheet
"""What an announcement shows."""


def is_forum_post(content: Showable) -> bool:
    """Tell whether it becomes a post of a forum: a thread whose first message has the same id."""
    return isinstance(content, Sheet) and content.forum is not None


def upload_bytes(content: Showable) -> int:
    """Tell how much its pictures are that one message takes along, at most.

    A card's is so small that it counts for nothing.
    """
    if not isinstance(content, Sheet):
        return 0
    sizes = (one.size_bytes or LARGEST_FILE_BYTES for one in content.pictures[:MOST_FILES])
    return min(sum(sizes), LARGEST_REQUEST_BYTES)


def wants_crosspost(content: Showable) -> bool:
    """Tell whether its message goes on to the channels that follow; a forum's posts never do."""
    return isinstance(content, Sheet) and content.crosspost and content.forum is None


def showable_from_json(text: str) -> Showable:
    """Read what `to_json` of a card or a sheet wrote."""
    if text.startswith(_SHEET):
        return _ADAPTER.validate_json(text[len(_SHEET) : -1])
    return Card.from_json(text)
