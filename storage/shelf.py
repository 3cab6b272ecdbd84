"""Files that are named by what is in them: pictures now, what people upload later.

A file lies at `<two digits>/<two digits>/<its SHA-256>` and appears there whole or not at all; what
is being written lies in `drafts`. The database says which files are wanted.
"""

import asyncio
import os
import re
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

from storage.files import sync

_NAME = re.compile(r"[0-9a-f]{64}")
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that is being written; only `Shelf.keep` makes it last."""

    path: Path
    file: BinaryIO


class Shelf:
    """Implements `core.gallery.Shelf` in a folder, which is made with the first file."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._drafts = root / "drafts"
        self._places = threading.Lock()

    def path_of(self, digest: str) -> Path:
        """Tell where the file with this digest lies, if it is there."""
        return self._root / digest[:2] / digest[2:4] / digest

    @asynccontextmanager
    async def draft(self) -> AsyncIterator[Draft]:
        """Lend a file to write into; it is gone at the block's end unless it was kept."""
        draft = await asyncio.to_thread(self._open)
        try:
            yield draft
        finally:
            await asyncio.to_thread(_discard, draft)

    async def keep(self, draft: Draft, digest: str) -> None:
        """Give a written file its place, durably; one that is there already is replaced.

        `digest` is the SHA-256 of what was written, in hex.
        """
        await asyncio.to_thread(self._keep, draft, digest)

    async def add(self, content: bytes) -> str:
        """Keep `content` durably and give its digest."""
        digest = sha256(content).hexdigest()
        async with self.draft() as draft:
            draft.file.write(content)
            await self.keep(draft, digest)
        return digest

    async def read(self, digest: str) -> bytes | None:
        """Read a file; None when it is not there or no longer what its name says.

        A file that was damaged is removed.
        """
        return await asyncio.to_thread(self._read, digest)

    async def remove(self, digests: Sequence[str], *, age: timedelta = timedelta()) -> int:
        """Remove files that were kept longer ago than `age`; gives how many were there.

        A file that was kept anew a moment ago stays, whoever thought that nobody wants it.
        """
        return await asyncio.to_thread(self._remove, digests, time.time() - age.total_seconds())

    async def older_than(self, age: timedelta) -> AsyncIterator[list[str]]:
        """Give the digests of all files that were written longer ago, in batches.

        Drafts that old are left from a process that died: they are removed.
        """
        before = time.time() - age.total_seconds()
        await asyncio.to_thread(self._remove_drafts, before)
        names = self._names(before)
        while batch := await asyncio.to_thread(_take, names):
            yield batch

    def _open(self) -> Draft:
        self._drafts.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = mkstemp(dir=self._drafts)
        return Draft(Path(name), os.fdopen(descriptor, "w+b"))

    def _keep(self, draft: Draft, digest: str) -> None:
        place = self.path_of(digest)
        draft.file.flush()
        os.fsync(draft.file.fileno())
        is_new = not place.parent.is_dir()
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._places:
            draft.path.replace(place)
        sync(place.parent)
        if is_new:
            sync(place.parent.parent)
            sync(self._root)

    def _read(self, digest: str) -> bytes | None:
        place = self.path_of(digest)
        try:
            content = place.read_bytes()
        except FileNotFoundError:
            return None
        if sha256(content).hexdigest() != digest:
            place.unlink(missing_ok=True)
            return None
        return content

    def _remove(self, digests: Sequence[str], before: float) -> int:
        return sum(self._remove_one(self.path_of(digest), before) for digest in digests)

    def _remove_one(self, place: Path, before: float) -> bool:
        with self._places:
            try:
                is_old = place.stat().st_mtime <= before
            except FileNotFoundError:
                return False
            if is_old:
                place.unlink()
            return is_old

    def _names(self, before: float) -> Iterator[str]:
        for path in self._root.glob("??/??/*"):
            try:
                if _NAME.fullmatch(path.name) and path.stat().st_mtime < before:
                    yield path.name
            except FileNotFoundError:
                continue

    def _remove_drafts(self, before: float) -> None:
        for path in self._drafts.glob("*"):
            try:
                if path.stat().st_mtime < before:
                    path.unlink()
            except FileNotFoundError:
                continue


def _discard(draft: Draft) -> None:
    draft.file.close()
    draft.path.unlink(missing_ok=True)


def _take(names: Iterator[str]) -> list[str]:
    return list(islice(names, _AT_ONCE))
