"""The inside of a backup: a tar archive of small plain files, checked from its first byte on.

`about.json` comes first and tells what follows; `sums.json` comes last and holds the SHA-256 and
the rows of every file between them. Nothing is compressed, so nothing can grow when it is opened,
and a header that this module would not have written itself is refused.
"""

import hashlib
import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from bot.backups.age import Unreadable
from core.errors import UserError

FORMAT = 1
ABOUT = "about.json"
KEYS = "keys.txt"
SUMS = "sums.json"
MOST_MEMBER_BYTES = 32 * 2**20
"""A webhook's body is the largest thing that is stored, with at most 1 MiB."""

_BLOCK = 512
_MOST_MEMBERS = 1_000_000
_NAME = re.compile(r"about\.json|keys\.txt|sums\.json|rows/[a-z_]{1,40}/[0-9]{6}\.jsonl")
_SIZE = slice(124, 136)


class Record(BaseModel):
    """What stands in a backup is refused when it is not exactly as expected."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


_Kind = TypeVar("_Kind", bound=Record)


class About(Record):
    """What a backup holds. `tables` gives each table's columns, each with its kind."""

    format: int
    bot: str = Field(max_length=100)
    made_at: str = Field(max_length=40)
    revision: str = Field(max_length=40)
    tables: dict[str, list[tuple[str, str]]]


class Sums(Record):
    """What must be true of the files before it."""

    files: dict[str, str]
    rows: dict[str, int]
    counters: dict[str, int]


class Sink(Protocol):
    """Takes the bytes of an archive."""

    def write(self, data: bytes) -> None:
        """Take more."""
        ...


class Source(Protocol):
    """Gives the bytes of an archive."""

    def read(self, size: int) -> bytes:
        """Give so many, fewer only at the end."""
        ...


class ArchiveWriter:
    """Writes the files of an archive, one after the other."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._sums: dict[str, str] = {}
        self._rows: dict[str, int] = {}
        self._pieces: Counter[str] = Counter()

    def add(self, name: str, content: bytes) -> None:
        """Write one file."""
        self._sums[name] = hashlib.sha256(content).hexdigest()
        self._write(name, content)

    def add_rows(self, table: str, rows: list[list[JsonValue]]) -> None:
        """Write one file of a table's rows, a line for each."""
        number = self._pieces[table]
        self._pieces[table] += 1
        lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
        content = "".join(f"{line}\n" for line in lines).encode()
        self.add(f"rows/{table}/{number:06}.jsonl", content)
        self._rows[table] = self._rows.get(table, 0) + len(rows)

    def finish(self, counters: dict[str, int]) -> Sums:
        """Write the sums and the archive's end."""
        sums = Sums(files=self._sums, rows=self._rows, counters=counters)
        self._write(SUMS, sums.model_dump_json().encode())
        self._sink.write(bytes(2 * _BLOCK))
        return sums

    def _write(self, name: str, content: bytes) -> None:
        if len(content) > MOST_MEMBER_BYTES:
            raise UserError(f"The file {name} of the backup would be too large.")
        self._sink.write(_header(name, len(content)))
        self._sink.write(content + bytes(-len(content) % _BLOCK))


class ArchiveReader:
    """Reads an archive once, from its beginning to its end.

    Raises:
        Unreadable: its beginning is not as it must be.
        UserError: a newer version of the bot made it.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._sums: dict[str, str] = {}
        name, content = self._next()
        if name != ABOUT:
            raise Unreadable("The backup does not begin with what it is about.")
        if (number := _format_of(content)) != FORMAT:
            raise UserError(
                f"The backup has the format {number}, which this version of the bot does not "
                f"know (it knows {FORMAT}): restore it with the version that made it."
            )
        self.about = _parsed(About, content)
        self.sums: Sums | None = None

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Give each file's name and content; `sums` is there, and was compared, at the end.

        Raises:
            Unreadable: something is not as it must be.
        """
        while True:
            name, content = self._next()
            if name == SUMS:
                break
            yield name, content
        sums = _parsed(Sums, content)
        if self._sums != sums.files:
            raise Unreadable("The backup's files are not those that its sums name.")
        if self._source.read(2 * _BLOCK + 1) != bytes(2 * _BLOCK):
            raise Unreadable("Something stands behind the backup's end.")
        self.sums = sums

    def _next(self) -> tuple[str, bytes]:
        name, size = _read_header(self._read(_BLOCK))
        if name in self._sums or len(self._sums) >= _MOST_MEMBERS:
            raise Unreadable("The backup holds a file twice, or too many.")
        content = self._read(size)
        if any(self._read(-size % _BLOCK)):
            raise Unreadable("Something stands between the backup's files.")
        if name != SUMS:
            self._sums[name] = hashlib.sha256(content).hexdigest()
        return name, content

    def _read(self, size: int) -> bytes:
        data = self._source.read(size)
        if len(data) != size:
            raise Unreadable("The backup ends too early.")
        return data


def rows_in(content: bytes) -> list[list[JsonValue]]:
    """Read one file of rows.

    Raises:
        Unreadable: it is none.
    """
    try:
        return [_ROW.validate_json(line) for line in content.splitlines()]
    except ValidationError:
        raise Unreadable("The backup's rows cannot be read.") from None


def table_of(name: str) -> str | None:
    """Tell whose rows a file holds, None when it holds none."""
    return name.split("/")[1] if name.startswith("rows/") else None


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.USTAR_FORMAT)


def _read_header(block: bytes) -> tuple[str, int]:
    try:
        name = block[:100].rstrip(b"\0").decode("ascii")
        size = int(block[_SIZE].rstrip(b"\0 ").decode("ascii"), 8)
    except ValueError:
        raise Unreadable("A file in the backup has no usable name or size.") from None
    if _NAME.fullmatch(name) is None or not 0 <= size <= MOST_MEMBER_BYTES:
        raise Unreadable("The backup holds a file that has no place in it.")
    if block != _header(name, size):
        raise Unreadable("The backup holds something that is no plain file.")
    return name, size


def _format_of(content: bytes) -> object:
    try:
        about = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return about.get("format") if isinstance(about, dict) else None


def _parsed(kind: type[_Kind], content: bytes) -> _Kind:
    try:
        return kind.model_validate_json(content)
    except ValidationError:
        raise Unreadable("The backup does not say what it holds.") from None


_ROW = TypeAdapter(list[JsonValue])
