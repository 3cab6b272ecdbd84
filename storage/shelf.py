"""Files that are named by what is in them: pictures now, what people upload later.

A file lies at `<first digit>/<second digit>/<its SHA-256>` and appears there whole or not at all;
what is being written lies in `drafts`. The database says which files are wanted. With more folders
than these 256 most files would need new ones, each of which has to be brought to the disk, too.
"""

import asyncio
import logging
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TypeVar

from core.errors import NotStored
from core.together import Together
from storage.draft_files import DraftFile
from storage.files import sync

log = logging.getLogger(__name__)

_NAME = re.compile(r"[0-9a-f]{64}")
_AT_ONCE = 500
_THREADS = 8
"""Files that are brought to the disk side by side: what they wait for is one flush for all."""

_MOST_PLACED = 64
_FEW = 4

T = TypeVar("T")


class Draft:
    """Implements `core.image_intake.Draft`."""

    def __init__(self, shelf: "Shelf", file: DraftFile) -> None:
        self._shelf = shelf
        self.file = file

    @property
    def path(self) -> Path:
        """Where the file lies, once it is settled."""
        return self.file.path

    def write(self, chunk: bytes, /) -> None:
        """Take all of `chunk`."""
        with self._shelf.explained():
            self.file.write(chunk)

    async def settle(self) -> None:
        """Bring what was written to the disk, where others may read it."""
        await self._shelf.settle(self)

    async def keep(self) -> str:
        """Give the file its place, durably, and tell its digest."""
        return await self._shelf.keep(self)


class Shelf:
    """Implements `core.image_intake.Shelf` in a folder, which is made with the first file.

    Whatever is asked of it raises `NotStored` when the disk is full, broken or closed to the bot.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._drafts = root / "drafts"
        self._places = threading.Lock()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="shelf")
        self._placed = Together(self._place_in_thread, most=_MOST_PLACED)

    def path_of(self, digest: str) -> Path:
        """Tell where the file with this digest lies, if it is there."""
        return self._root / digest[:1] / digest[1:2] / digest

    def move_earlier(self) -> None:
        """Give files their place that lie in folders of two digits, as they did at first.

        Call it before anything is read.
        """
        for path in self._root.glob("??/??/*"):
            if _NAME.fullmatch(path.name):
                place = self.path_of(path.name)
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with suppress(FileNotFoundError):
                    path.replace(place)
        for level in ("??/??", "??"):
            for folder in self._root.glob(level):
                with suppress(OSError):
                    folder.rmdir()

    @asynccontextmanager
    async def draft(self) -> AsyncIterator[Draft]:
        """Lend something to write into; it is gone at the block's end unless it was kept."""
        file = DraftFile(self._drafts)
        try:
            yield Draft(self, file)
        finally:
            if file.is_left:
                await self._start(file.discard)

    async def settle(self, draft: Draft) -> None:
        """Bring what was written to the disk, where others may read it."""
        if not draft.file.is_settled:
            await self._whole(draft.file.settle)

    async def keep(self, draft: Draft) -> str:
        """Give a draft its place, durably, and tell its digest.

        A file that is there already is replaced.
        """
        await self.settle(draft)
        await self._placed.do(draft.file)
        return draft.file.digest

    async def add(self, content: bytes) -> str:
        """Keep `content` durably and give its digest."""
        async with self.draft() as draft:
            draft.write(content)
            return await self.keep(draft)

    async def read(self, digest: str) -> bytes | None:
        """Read a file; None when it is not there or no longer what its name says.

        A file that was damaged is removed.
        """
        return await self._start(lambda: self._read(digest))

    async def remove(self, digests: Sequence[str], *, age: timedelta = timedelta()) -> int:
        """Remove files that were kept longer ago than `age`; gives how many were there.

        A file that was kept anew a moment ago stays, whoever thought that nobody wants it; so
        does one that cannot be removed.
        """
        before = time.time() - age.total_seconds()
        return await self._start(lambda: self._remove(digests, before))

    async def older_than(self, age: timedelta) -> AsyncIterator[list[str]]:
        """Give the digests of all files that were written longer ago, in batches.

        Drafts that old are left from a process that died: they are removed.
        """
        before = time.time() - age.total_seconds()
        await self._start(lambda: self._remove_drafts(before))
        names = self._names(before)
        while batch := await self._start(lambda: _take(names)):
            yield batch

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what the system says into words.

        Raises:
            NotStored: the disk is full, broken or closed to the bot.
        """
        try:
            yield
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise NotStored(f"{self._root} cannot be used for files ({why}).", why=why) from error

    def _start(self, work: Callable[[], T]) -> asyncio.Future[T]:
        def explained() -> T:
            with self.explained():
                return work()

        return asyncio.get_running_loop().run_in_executor(self._threads, explained)

    async def _whole(self, work: Callable[[], T]) -> T:
        """Have `work` done to its end: who stops waiting must not take its file away under it."""
        doing = self._start(work)
        try:
            return await asyncio.shield(doing)
        except asyncio.CancelledError:
            await asyncio.wait([doing])
            raise

    async def _place_in_thread(self, settled: Sequence[DraftFile]) -> None:
        await self._whole(lambda: self._place(settled))

    def _place(self, settled: Sequence[DraftFile]) -> None:
        changed: dict[Path, None] = {}
        for file in settled:
            place = self.path_of(file.digest)
            is_new = False
            with self._places:
                try:
                    file.move(place)
                except FileNotFoundError:
                    is_new = True
                    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    file.move(place)
            changed[place.parent] = None
            if is_new:
                changed[place.parent.parent] = changed[self._root] = None
        if len(changed) > _FEW:
            # Only one batch is placed at a time, so that there are threads left for it.
            list(self._threads.map(sync, changed))
            return
        for folder in changed:
            sync(folder)

    def _read(self, digest: str) -> bytes | None:
        place = self.path_of(digest)
        try:
            content = place.read_bytes()
        except FileNotFoundError:
            return None
        if sha256(content).hexdigest() != digest:
            with suppress(OSError):
                place.unlink()
            return None
        return content

    def _remove(self, digests: Sequence[str], before: float) -> int:
        stuck = _Stuck()
        removed = sum(self._remove_one(self.path_of(one), before, stuck) for one in digests)
        stuck.tell()
        return removed

    def _remove_one(self, place: Path, before: float, stuck: "_Stuck") -> bool:
        with self._places, stuck.passed_over():
            if place.stat().st_mtime <= before:
                place.unlink()
                return True
        return False

    def _names(self, before: float) -> Iterator[str]:
        for path in self._root.glob("?/?/*"):
            is_old = False
            if _NAME.fullmatch(path.name):
                with suppress(OSError):
                    is_old = path.stat().st_mtime < before
            if is_old:
                yield path.name

    def _remove_drafts(self, before: float) -> None:
        stuck = _Stuck()
        for path in self._drafts.glob("*"):
            with stuck.passed_over():
                if path.stat().st_mtime < before:
                    path.unlink()
        stuck.tell()


class _Stuck:
    """Counts files that cannot be removed: they must keep neither the others nor the log busy."""

    def __init__(self) -> None:
        self._files = 0
        self._why = ""

    @contextmanager
    def passed_over(self) -> Iterator[None]:
        """Go on if the block cannot remove its file."""
        try:
            yield
        except FileNotFoundError:
            pass
        except OSError as error:
            self._files += 1
            self._why = error.strerror or type(error).__name__

    def tell(self) -> None:
        """Log how many there were, if any."""
        if self._files:
            facts = {"files": self._files, "reason": self._why}
            log.warning("files cannot be removed", extra=facts)


def _take(names: Iterator[str]) -> list[str]:
    return list(islice(names, _AT_ONCE))
