"""What a backup says about itself: what it holds, and what must be true of it."""

import json
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.backups.age import Unreadable


class Record(BaseModel):
    """What stands in a backup is refused when it is not exactly as expected."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class About(Record):
    """What a backup holds. `tables` gives each table's columns, each with its kind."""

    format: int
    bot: str = Field(max_length=100)
    made_at: str = Field(max_length=40)
    revision: str = Field(max_length=40)
    tables: dict[str, list[tuple[str, str]]]


class Pictures(Record):
    """How many files of pictures there are, and their bytes.

    `missing`: the rows name so many more, but they were not there, or damaged.
    """

    files: int = 0
    size_bytes: int = 0
    missing: int = 0


class Sums(Record):
    """What must be true of the files before it; `pictures` only stands there if there are any."""

    files: dict[str, str]
    rows: dict[str, int]
    counters: dict[str, int]
    pictures: Pictures = Pictures()


_Kind = TypeVar("_Kind", bound=Record)


def format_of(content: bytes) -> object:
    """Tell the format that a backup names, whatever it may be; None when it names none."""
    try:
        about = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return about.get("format") if isinstance(about, dict) else None


def parsed(kind: type[_Kind], content: bytes) -> _Kind:
    """Read a record.

    Raises:
        Unreadable: it is none.
    """
    try:
        return kind.model_validate_json(content)
    except ValidationError:
        raise Unreadable("The backup does not say what it holds.") from None
