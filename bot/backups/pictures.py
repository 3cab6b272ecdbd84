"""The pictures in a backup: copied from their shelf, and put onto one again."""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import (
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from pathlib import Path
from typing import BinaryIO

from bot.backups.archive import PIECE, ArchiveWriter
from bot.backups.records import Pictures
from bot.backups.tar import MOST_MEMBER_BYTES
from core.errors import NotStored, PermanentError
from core.image_words import size_words
from storage.shelf import Draft, Shelf

_AT_ONCE = 16
_DIGEST = re.compile(r"[0-9a-f]{64}")


class NamedPictures:
    """Collects which files the rows name, some 100 bytes of memory for each.

    Sizes whose original no picture has any more are not among them: the bot drops those files.
    """

    def __init__(self) -> None:
        self._digests: set[bytes] = set()

    def see(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Look at a table's rows; those of `images` have to come before those of `renditions`."""
        if table not in ("images", "renditions", "draft_pictures", "form_pictures"):
            return
        digest_at = columns.index("digest")
        source_at = columns.index("source") if table == "renditions" else None
        for row in rows:
            digest = _read(row[digest_at])
            if digest is None:
                continue
            if source_at is None or _read(row[source_at]) in self._digests:
                self._digests.add(digest)

    def __iter__(self) -> Iterator[str]:
        """Give the digests in their order."""
        return (digest.hex() for digest in sorted(self._digests))


def copy_pictures(
    named: NamedPictures, shelf: Shelf, archive: ArchiveWriter, *, beat: Callable[[], None]
) -> int:
    """Write the files that the rows name; gives how many were not there, or damaged.

    Raises:
        TemporaryError: a file changed meanwhile.
    """
    missing = 0
    for digest in named:
        beat()
        file = _open_whole(shelf.path_of(digest), digest)
        if file is None:
            missing += 1
            continue
        with file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            archive.add_picture(digest, size, _pieces(file))
    return missing


class Bringer:
    """Puts the pictures of a backup onto a shelf, each whole or not at all.

    Some are brought to the disk side by side, because that is what takes the time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shelf = Shelf(folder)
        self._placing: set[asyncio.Task[None]] = set()
        self._new: list[bytes] = []

    async def put(self, digest: str, pieces: Iterator[bytes]) -> None:
        """Put a picture there; one that is there already is left alone, unless it is damaged.

        Raises:
            PermanentError: it, or one before it, cannot be written.
        """
        if (file := _open_whole(self._shelf.path_of(digest), digest)) is not None:
            file.close()
            return
        async with AsyncExitStack() as lent:
            draft = await lent.enter_async_context(self._shelf.draft())
            for piece in pieces:
                with self._explained():
                    draft.write(piece)
            while len(self._placing) >= _AT_ONCE:
                await self._some_end()
            placing = asyncio.create_task(self._place(lent.pop_all(), draft, digest))
        self._placing.add(placing)

    async def finish(self) -> None:
        """Wait until every picture lies on the disk.

        Raises:
            PermanentError: one cannot be written.
        """
        while self._placing:
            await self._some_end()

    async def take_back(self) -> None:
        """Remove what was put there anew."""
        for placing in self._placing:
            placing.cancel()
        await asyncio.gather(*self._placing, return_exceptions=True)
        await self._shelf.remove([digest.hex() for digest in self._new])

    async def _place(self, lent: AsyncExitStack, draft: Draft, digest: str) -> None:
        async with lent:
            await draft.settle()
            if not self._shelf.path_of(digest).exists():
                self._new.append(bytes.fromhex(digest))
            await draft.keep()

    async def _some_end(self) -> None:
        ended, self._placing = await asyncio.wait(
            self._placing, return_when=asyncio.FIRST_COMPLETED
        )
        # All are asked, or asyncio would complain of those that nobody asked.
        errors = [error for placing in ended if (error := placing.exception()) is not None]
        if errors:
            with self._explained():
                raise errors[0]

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, NotStored) as error:
            why = error.why if isinstance(error, NotStored) else error.strerror
            raise PermanentError(
                f"A picture cannot be written into {self._folder} ({why}): let the "
                "bot's user write there and make room, or change `images.folder` (IMAGES_FOLDER). "
                "Nothing was replaced."
            ) from error


@asynccontextmanager
async def bringing(folder: Path) -> AsyncIterator[Bringer]:
    """Lend a `Bringer`; at the block's end all lies on the disk.

    When the block fails, the shelf holds what it held before.
    """
    bringer = Bringer(folder)
    try:
        yield bringer
        await bringer.finish()
    except BaseException:
        await bringer.take_back()
        raise


def picture_words(pictures: Pictures) -> str:
    """Say how many there are, such as ", 12 picture files (3.4 MB)"; nothing for none."""
    if not pictures.files:
        return ""
    files = "file" if pictures.files == 1 else "files"
    return f", {pictures.files:,} picture {files} ({size_words(pictures.size_bytes)})"


def missing_words(pictures: Pictures) -> str:
    """Say in a sentence how many are missing; nothing when none is."""
    if not pictures.missing:
        return ""
    return (
        f"Picture files that were gone or damaged, and are not in it: {pictures.missing:,}. The "
        "bot fetches them again when they are needed."
    )


def _open_whole(path: Path, digest: str) -> BinaryIO | None:
    """Open a file if it is there and what its name says, else None."""
    with suppress(OSError), ExitStack() as opened:
        file = opened.enter_context(path.open("rb"))
        if file.seek(0, os.SEEK_END) > MOST_MEMBER_BYTES:
            return None
        file.seek(0)
        if hashlib.file_digest(file, "sha256").hexdigest() == digest:
            opened.pop_all()
            return file
    return None


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def _read(value: object) -> bytes | None:
    is_digest = isinstance(value, str) and _DIGEST.fullmatch(value) is not None
    return bytes.fromhex(str(value)) if is_digest else None
