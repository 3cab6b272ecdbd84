"""The inside of a backup: a tar archive of small plain files, checked from its first byte on.

`about.json` comes first and tells what follows; `sums.json` comes last and holds the SHA-256 and
the rows of every file between them. The pictures stand before it, in the order of their names:
each is named by its own SHA-256, so the sums only count them. Nothing is compressed, so nothing can
grow when it is opened, and a header that this module would not have written itself is refused.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Protocol

from pydantic import JsonValue, TypeAdapter, ValidationError

from bot.backups.age import Unreadable
from bot.backups.records import About, Pictures, Sums, format_of, parsed
from bot.backups.tar import (
    ABOUT,
    BLOCK,
    MOST_MEMBER_BYTES,
    PICTURES,
    SUMS,
    header,
    read_header,
)
from core.errors import TemporaryError, UserError

FORMAT = 1
PIECE = 64 * 1024
"""How much of a picture is in memory at once, in bytes."""

_MOST_MEMBERS = 1_000_000


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
        self._pictures = Pictures()

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

    def add_picture(self, digest: str, size: int, pieces: Iterable[bytes]) -> None:
        """Write one picture of so many bytes, after all else and in the order of the digests.

        Raises:
            TemporaryError: the pieces are not what the digest and the size say.
        """
        self._sink.write(header(PICTURES + digest, size))
        found, count = hashlib.sha256(), 0
        for piece in pieces:
            found.update(piece)
            count += len(piece)
            self._sink.write(piece)
        if count != size or found.hexdigest() != digest:
            raise TemporaryError(f"The picture {digest} changed while it was copied: try again.")
        self._sink.write(bytes(-size % BLOCK))
        self._pictures = Pictures(
            files=self._pictures.files + 1, size_bytes=self._pictures.size_bytes + size
        )

    def finish(self, counters: dict[str, int], *, missing_pictures: int = 0) -> Sums:
        """Write the sums and the archive's end."""
        pictures = self._pictures.model_copy(update={"missing": missing_pictures})
        sums = Sums(files=self._sums, rows=self._rows, counters=counters, pictures=pictures)
        self._write(SUMS, sums.model_dump_json(exclude_defaults=True).encode())
        self._sink.write(bytes(2 * BLOCK))
        return sums

    def _write(self, name: str, content: bytes) -> None:
        if len(content) > MOST_MEMBER_BYTES:
            raise UserError(f"The file {name} of the backup would be too large.")
        self._sink.write(header(name, len(content)))
        self._sink.write(content + bytes(-len(content) % BLOCK))


class ArchiveReader:
    """Reads an archive once, from its beginning to its end: its `files`, then its `pictures`.

    `sums` is there when the end was reached and everything compared with it.

    Raises:
        Unreadable: its beginning is not as it must be.
        UserError: a newer version of the bot made it.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._sums: dict[str, str] = {}
        self._pictures = Pictures()
        self._waiting: tuple[str, int] | None = None
        name, size = self._next()
        content = self._content(name, size)
        if name != ABOUT:
            raise Unreadable("The backup does not begin with what it is about.")
        if (number := format_of(content)) != FORMAT:
            raise UserError(
                f"The backup has the format {number}, which this version of the bot does not "
                f"know (it knows {FORMAT}): restore it with the version that made it."
            )
        self.about = parsed(About, content)
        self.sums: Sums | None = None

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Give each file's name and content, but for the pictures behind them.

        Raises:
            Unreadable: something is not as it must be.
        """
        while True:
            name, size = self._next()
            if name.startswith(PICTURES):
                self._waiting = name, size
                return
            content = self._content(name, size)
            if name == SUMS:
                self._end(content)
                return
            yield name, content

    def pictures(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Give each picture's digest and its pieces, once all files were read.

        The pieces are compared with the digest, at the latest when the next picture is asked for:
        only who has read them to their end may believe them.

        Raises:
            Unreadable: something is not as it must be.
        """
        before = ""
        while self._waiting is not None:
            name, size = self._waiting
            digest = name.removeprefix(PICTURES)
            if digest <= before:
                raise Unreadable("The backup holds a picture twice, or out of its order.")
            pieces = self._pieces(digest, size)
            yield digest, pieces
            for _ in pieces:
                pass
            before = digest
            self._pictures = Pictures(
                files=self._pictures.files + 1, size_bytes=self._pictures.size_bytes + size
            )
            name, size = self._next()
            self._waiting = name, size
            if name == SUMS:
                self._waiting = None
                self._end(self._content(name, size))
            elif not name.startswith(PICTURES):
                raise Unreadable("Something else stands among the backup's pictures.")

    def _end(self, content: bytes) -> None:
        sums = parsed(Sums, content)
        if self._sums != sums.files:
            raise Unreadable("The backup's files are not those that its sums name.")
        found = self._pictures.model_copy(update={"missing": sums.pictures.missing})
        if found != sums.pictures:
            raise Unreadable("The backup's pictures are not as many as its sums say.")
        if self._source.read(2 * BLOCK + 1) != bytes(2 * BLOCK):
            raise Unreadable("Something stands behind the backup's end.")
        self.sums = sums

    def _next(self) -> tuple[str, int]:
        name, size = read_header(self._read(BLOCK))
        if name in self._sums or len(self._sums) >= _MOST_MEMBERS:
            raise Unreadable("The backup holds a file twice, or too many.")
        return name, size

    def _content(self, name: str, size: int) -> bytes:
        content = self._read(size)
        self._pass_padding(size)
        if name != SUMS:
            self._sums[name] = hashlib.sha256(content).hexdigest()
        return content

    def _pieces(self, digest: str, size: int) -> Iterator[bytes]:
        found, left = hashlib.sha256(), size
        while left:
            piece = self._read(min(left, PIECE))
            found.update(piece)
            left -= len(piece)
            yield piece
        self._pass_padding(size)
        if found.hexdigest() != digest:
            raise Unreadable("A picture in the backup is not what its name says.")

    def _pass_padding(self, size: int) -> None:
        if any(self._read(-size % BLOCK)):
            raise Unreadable("Something stands between the backup's files.")

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


_ROW = TypeAdapter(list[JsonValue])
